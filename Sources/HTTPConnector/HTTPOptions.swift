import TidemillColumns
import TidemillConnectors
import TidemillPlan

/// What the options of a sink `USING http` say.
struct HTTPOptions: Sendable {
  /// How the rows of a request are written.
  enum BodyFormat: String, CaseIterable, Sendable {
    /// One JSON array of objects.
    case json
    /// One JSON object a line.
    case lines

    var contentType: String { self == .json ? "application/json" : "application/x-ndjson" }
  }

  struct Header: Hashable, Sendable {
    var name: String
    var value: String
  }

  var address: HTTPAddress
  var format = BodyFormat.json
  /// At most so many rows a request.
  var rowsAPart = 1000
  /// At most so many bytes a request, unless a single row is longer.
  var bytesAPart = 1 << 20
  var headers: [Header] = []
  /// How long an answer may take.
  var timeout = TimeSpan.seconds(30)
  /// How long a part is tried again before the job stops; `nil`: it is tried once.
  var retryLimit: TimeSpan? = .minutes(10)
  /// A file of certificates in PEM that may have signed the server's, instead of the system's.
  var certificateFile: String?

  /// What only the sink says: who is right about the length of a body is not up to an option.
  private static let ownHeaders: Set<String> = [
    "host", "content-length", "transfer-encoding", "connection", "expect", "upgrade", "te", "trailer", "idempotency-key",
  ]

  /// - Throws: `TidemillError` for an option that there is not, or a value that it does not take.
  init(_ definition: SinkDefinition) throws {
    var options = OptionReader(definition)
    address = try HTTPAddress(try options.required("url"), of: options.owner)
    format = try options.one("format", of: BodyFormat.self) ?? .json
    if let rows = try Self.number("batch.rows", &options, to: 1_000_000) { rowsAPart = rows }
    if let bytes = try Self.number("batch.bytes", &options, to: 256 << 20) { bytesAPart = bytes }
    if let text = options.string("timeout") { timeout = try Self.span(text, of: "timeout", options.owner) }
    switch options.string("retry.limit") {
    case nil: break
    case .some(let text) where text.lowercased() == "off": retryLimit = nil
    case .some(let text): retryLimit = try Self.span(text, of: "retry.limit", options.owner, "an interval, or off")
    }
    certificateFile = options.string("tls.ca")
    if certificateFile != nil, !address.isEncrypted {
      throw TidemillError(.invalidQuery, "\(options.owner): option tls.ca is for https", hint: "begin the url with https://")
    }
    headers = try Self.headers(&options)
    try options.finish()
  }

  private static func number(_ name: String, _ options: inout OptionReader, to largest: Int) throws -> Int? {
    guard let text = options.string(name) else { return nil }
    guard let number = Int(text), (1...largest).contains(number) else {
      throw refusal(options.owner, name, text, "a number from 1 to \(largest)")
    }
    return number
  }

  private static func span(
    _ text: String, of name: String, _ owner: String, _ takes: String = "an interval"
  ) throws -> TimeSpan {
    guard let span = TimeSpan(parsing: text), span > .zero, span <= .days(365) else {
      throw refusal(owner, name, text, takes + " such as '30 seconds'")
    }
    return span
  }

  /// The options `header.NAME`, by name.
  private static func headers(_ options: inout OptionReader) throws -> [Header] {
    try options.remaining().keys.filter { $0.hasPrefix("header.") }.sorted().map { option in
      let name = String(option.dropFirst("header.".count))
      let value = options.string(option)!
      func refusal(_ problem: String, _ hint: String) -> TidemillError {
        TidemillError(.invalidQuery, "\(options.owner): option \(option): \(problem)", hint: hint)
      }
      guard !name.isEmpty, name.utf8.allSatisfy(isTokenByte) else {
        throw refusal("that is no name of a header", "names are letters, digits and hyphens")
      }
      guard !ownHeaders.contains(name), !name.hasPrefix("tidemill-") else {
        throw refusal("the sink sets this header itself", "leave it out")
      }
      // A line end would begin a header of its own.
      guard value.utf8.allSatisfy({ $0 == 9 || (0x20...0x7E).contains($0) }) else {
        throw refusal("its value holds a character that a header cannot", "printable ASCII characters can stand there")
      }
      return Header(name: name, value: value)
    }
  }

  private static func isTokenByte(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "0")...UInt8(ascii: "9"),
      UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "."):
      true
    default: false
    }
  }

  private static func refusal(_ owner: String, _ name: String, _ text: String, _ takes: String) -> TidemillError {
    TidemillError(.invalidQuery, "\(owner): option \(name) is '\(text)'", hint: "it takes \(takes)")
  }
}
