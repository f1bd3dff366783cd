import SimdjsonBridge
import TidemillColumns
import TidemillConnectors

/// CSV by RFC 4180, but for one thing: a record ends at its line's end, so a quote open there makes it malformed.
///
/// # What a line gives
/// - Files with a header are matched by name: columns that the header lacks are NULL, and none at all is an error. Files
///   without one are matched by position to the columns as they were declared.
/// - A wrong number of fields, text behind a closing quote and bytes that are not UTF-8 are malformed.
/// - No text, unquoted, is NULL, and so is unquoted text equal to `nullValue`. `""` is an empty string.
/// - Around everything but strings, spaces and tabs do not matter.
/// - Values are read as JSON's are: an `INT` takes `12`, `1.0` and `1e3`; a `DECIMAL` is rounded half up; a `TIMESTAMP` is
///   ISO 8601 text. `BOOLEAN` is `true` or `false` in any case.
/// - A byte order mark before the first line and empty lines are nothing.
public struct CSVFormat: RecordFormat {
  private let request: ReadRequest
  private let scanner: CSVFieldScanner
  private let layout: CSVLayout?

  /// - Parameter declared: all columns of the file in order, for files without a header.
  /// - Throws: `TidemillError` when, without a header, a requested column is not a declared one.
  public init(request: ReadRequest, declared: Schema, options: CSVOptions = CSVOptions()) throws {
    self.request = request
    scanner = CSVFieldScanner(options)
    layout = options.header ? nil : try CSVLayout(request.schema, declared: declared)
  }

  private init(_ format: CSVFormat, layout: CSVLayout) {
    request = format.request
    scanner = format.scanner
    self.layout = layout
  }

  public var hasHeader: Bool { scanner.options.header }

  public func withHeader(_ line: UnsafeBufferPointer<UInt8>) throws -> any RecordFormat {
    guard hasHeader else { return self }
    var end = line.count
    if end > 0, line[end - 1] == UInt8(ascii: "\r") { end -= 1 }
    let start = min(ByteOrderMark.length(line), end)
    guard let names = scanner.strings(UnsafeBufferPointer(rebasing: line[start..<end])) else {
      throw TidemillError(
        .badInput, "The CSV header '\(String(decoding: line.prefix(100), as: UTF8.self))' has a broken quote",
        hint: "Check the options sep, quote and header")
    }
    return CSVFormat(self, layout: try CSVLayout(request.schema, header: names))
  }

  public func decode(
    _ bytes: UnsafeBufferPointer<UInt8>, origin: String, offset: Int, latest: EventTime
  ) throws -> ReadResult {
    // A piece of a file in which no line begins needs no header to say so.
    if bytes.isEmpty { return ReadResult(batch: .empty(request.schema), rejected: [], byteCount: 0) }
    guard let layout else {
      throw TidemillError(
        .badInput, "\(origin) was read without its CSV header",
        hint: "Read the file from its beginning, or set the option header to false")
    }
    let assembler = RowAssembler(
      bytes: bytes, request: request, origin: origin, offset: offset, latest: latest, isPlainText: true)
    var decoding = CSVDecoding(scanner, layout, request.schema, bytes, assembler)
    return decoding.decode(from: offset == 0 ? ByteOrderMark.length(bytes) : 0)
  }
}

/// Which field of a line goes to which column.
struct CSVLayout: Sendable {
  /// By field: the column that it goes to, -1 for none.
  private(set) var columnOfField: [Int]
  /// Columns of the same field as another one: from which, to which.
  private(set) var copies: [(from: Int, to: Int)] = []

  init(_ schema: Schema, declared: Schema) throws {
    columnOfField = Array(repeating: -1, count: declared.count)
    for (column, field) in schema.fields.enumerated() {
      guard let position = declared.ordinal(of: field.name) else {
        throw TidemillError(
          .invalidQuery, "The CSV column \(field.name) is not among the declared ones",
          hint: "Declare it, or set the option header to true if the file names its columns")
      }
      assign(column, to: position)
    }
  }

  init(_ schema: Schema, header: [String]) throws {
    columnOfField = Array(repeating: -1, count: header.count)
    let names = Schema(header.map { Field($0, .string) })
    var found = schema.count == 0
    for (column, field) in schema.fields.enumerated() {
      guard let position = names.ordinal(of: field.path.joined(separator: ".")) ?? names.ordinal(of: field.name) else {
        continue
      }
      found = true
      assign(column, to: position)
    }
    if !found {
      throw TidemillError(
        .badInput,
        "The CSV header names \(header.joined(separator: ", ")), but none of "
          + schema.fields.map(\.name).joined(separator: ", "),
        hint: "Name the columns as the file does, or set the option header to false if the file has none")
    }
  }

  private mutating func assign(_ column: Int, to position: Int) {
    if columnOfField[position] < 0 {
      columnOfField[position] = column
    } else {
      copies.append((columnOfField[position], column))
    }
  }
}
