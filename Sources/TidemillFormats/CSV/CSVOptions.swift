import TidemillColumns

/// How a CSV file is written, under Spark's names of options.
public struct CSVOptions: Hashable, Sendable {
  /// Whether the first line of each file names its columns. Spark's default is that it does not.
  public var header = false
  /// Between fields: `sep`, also called `delimiter`.
  public var separator = UInt8(ascii: ",")
  /// Around fields that hold separators or quotes.
  public var quote = UInt8(ascii: "\"")
  /// Before a quote inside a quoted field. RFC 4180 doubles the quote, and so it is here; Spark's default is a backslash.
  public var escape = UInt8(ascii: "\"")
  /// Unquoted text that means NULL, besides no text at all.
  public var nullValue = ""

  /// The defaults: fields between commas, quotes doubled inside of quotes, no header.
  public init() {}

  /// Reads the options of `OPTIONS (…)`; names that are not CSV's are left to others.
  ///
  /// - Throws: `TidemillError` with code `invalidQuery` for a value that its option does not take.
  public init(_ options: [String: String]) throws {
    if let text = options["header"] {
      guard let value = ["true": true, "false": false][text.lowercased()] else {
        throw TidemillError(.invalidQuery, "CSV option header: '\(text)' is neither true nor false")
      }
      header = value
    }
    for name in ["delimiter", "sep"] {
      if let text = options[name] { separator = try Self.byte(text, name) }
    }
    if let text = options["quote"] { quote = try Self.byte(text, "quote") }
    escape = quote
    if let text = options["escape"] { escape = try Self.byte(text, "escape") }
    if let text = options["nullvalue"] ?? options["nullValue"] { nullValue = text }
    if separator == quote || separator == escape {
      throw TidemillError(.invalidQuery, "CSV fields are separated by the same character that quotes or escapes them")
    }
  }

  private static func byte(_ text: String, _ option: String) throws -> UInt8 {
    let plain = text == "\\t" ? "\t" : text
    guard plain.utf8.count == 1, let byte = plain.utf8.first, byte != 10, byte != 13 else {
      throw TidemillError(
        .invalidQuery, "CSV option \(option): '\(text)' is not one ASCII character",
        hint: "Give one character, such as ',' or ';' or '\\t'")
    }
    return byte
  }
}
