import TidemillColumns
import TidemillConnectors
import TidemillPlan

/// `CREATE STREAM … USING backfill OPTIONS (history '…', live '…')`: two declared streams, one behind the other.
struct Backfill {
  static let provider = "backfill"

  /// The names of the two streams.
  let history: String
  let live: String
  /// Whether the history comes in the order of its event times.
  let isOrdered: Bool

  init(_ definition: StreamDefinition) throws {
    var options = OptionReader(definition)
    history = try options.required("history")
    live = try options.required("live")
    isOrdered = try options.boolean("ordered", default: false)
    try options.finish()
  }

  /// The definition with its columns and its watermark, which are the live stream's unless it declares its own.
  ///
  /// - Parameter ranges: where its options stand.
  func completed(
    _ definition: StreamDefinition, streams: [String: StreamDefinition], ranges: [String: TextRange] = [:]
  ) throws -> StreamDefinition {
    let parts = try [("history", history), ("live", live)].map { option, name in
      guard let stream = streams[name] else {
        throw TidemillError(
          .invalidQuery, "there is no stream `\(name)` for the \(option) of `\(definition.name)`",
          hint: "declare it before: CREATE STREAM \(name) … USING …", at: ranges[option])
      }
      if stream.provider == Self.provider {
        throw TidemillError(
          .unsupported, "the \(option) of `\(definition.name)` is a backfill itself",
          hint: "name a stream that reads something",
          at: ranges[option])
      }
      for inner in ["late", "rejected", "deduplicate"] where stream.options[inner] != nil {
        throw TidemillError(
          .invalidQuery, "stream `\(name)` has the option \(inner), which is the backfill's to have",
          hint: "say it in the OPTIONS of \(definition.name)", at: ranges[option])
      }
      return stream
    }
    var result = definition
    if result.schema.count == 0 { result.schema = Schema(parts[1].schema.fields.map { Field($0.name, $0.type) }) }
    result.watermark = result.watermark ?? parts[1].watermark ?? parts[0].watermark
    for part in parts { _ = try Self.fields(result.schema, of: part, for: definition.name) }
    return result
  }

  /// Columns of the backfill as one of its streams has them.
  ///
  /// - Throws: when it lacks one, or has it with another type.
  static func fields(_ schema: Schema, of stream: StreamDefinition, for name: String) throws -> [Field] {
    try schema.fields.map { field in
      let found = stream.schema.fields.first { $0.name == field.name }
      guard let found, found.type == field.type else {
        let has = found.map { "has it as \($0.type)" } ?? "has none of that name"
        throw TidemillError(
          .invalidQuery, "column `\(field.name)` of `\(name)` is \(field.type), and its stream `\(stream.name)` \(has)",
          hint: "declare the columns that both have: CREATE STREAM \(name) (…) USING backfill")
      }
      return found
    }
  }
}
