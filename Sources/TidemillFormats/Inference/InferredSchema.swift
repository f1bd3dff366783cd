import TidemillColumns

/// What a sample of a file says about its columns.
public struct InferredSchema: Hashable, Sendable {
  /// The columns found, with the narrowest type that all of the sample's values have.
  public var schema: Schema
  /// The column that looks like event time: the first `TIMESTAMP`.
  public var eventTime: Int?
  /// Whether the sample's first line names the columns; only CSV has such lines.
  public var hasHeader: Bool

  init(_ schema: Schema, hasHeader: Bool = false) {
    self.schema = schema
    self.hasHeader = hasHeader
    eventTime = schema.fields.firstIndex { $0.type == .timestamp }
  }
}

/// Guesses a schema from the beginning of a file.
public enum SchemaInference {
  /// What the sample is written in.
  public enum Format: Hashable, Sendable {
    /// JSON objects, one a line.
    case json
    /// - Parameter header: whether the first line names the columns; `nil` to guess that too.
    case csv(CSVOptions, header: Bool? = nil)
  }

  /// The columns in the order in which they first appear.
  ///
  /// - Parameter sample: the first lines of a file. A last line that is cut does no harm, nor do malformed ones.
  /// - Throws: `TidemillError` with code `badInput` when the sample has no columns.
  public static func infer(format: Format, sample: [UInt8]) throws -> InferredSchema {
    let result = sample.withUnsafeBufferPointer { bytes in
      switch format {
      case .json: JSONInference.infer(bytes)
      case .csv(let options, let header): CSVInference.infer(bytes, options: options, header: header)
      }
    }
    guard result.schema.count > 0 else {
      throw TidemillError(
        .badInput, "The sample has no \(format == .json ? "JSON objects" : "fields") to learn the columns from",
        hint: "Check the format, or declare the columns with CREATE STREAM")
    }
    return result
  }
}

/// What the values of one column have in common so far.
struct ObservedType {
  private var seen: Set<Kind> = []

  enum Kind: Hashable {
    case boolean, integer, double, timestamp, date, string
  }

  mutating func observe(_ kind: Kind) { seen.insert(kind) }

  /// The narrowest type that takes every value; `STRING` when there was none or they have nothing in common.
  var type: DataType {
    if seen == [.boolean] { return .boolean }
    if seen == [.integer] { return .bigint }
    if seen == [.double] || seen == [.integer, .double] { return .double }
    if seen == [.date] { return .date }
    if seen == [.timestamp] || seen == [.timestamp, .date] { return .timestamp }
    return .string
  }

  /// What a string looks like.
  static func kind(ofText text: UnsafeBufferPointer<UInt8>) -> Kind {
    if TimestampText.days(text) != nil { return .date }
    return TimestampText.microseconds(text) != nil ? .timestamp : .string
  }
}
