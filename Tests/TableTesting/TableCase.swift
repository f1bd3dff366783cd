import TidemillColumns
import TidemillConnectors
import TidemillPlan

/// A kind of result that a table can hold: its mode, and what identifies a row.
public struct TableCase: Sendable {
  public var name: String
  public var shape: ResultShape
  public var testDescription: String { name }

  /// Every type, keys that may be NULL, and a window.
  public static let schema = Schema(
    Field("k", .string), Field("a \"region\"", .string), Field("w", .window), Field("level", .double), Field("n", .bigint),
    Field("small", .int), Field("amount", .decimal(precision: 38, scale: 6)), Field("flag", .boolean), Field("day", .date),
    Field("at", .timestamp), Field("ratio", .double), Field("note", .string))

  private static func make(_ name: String, _ mode: OutputMode, key: [Int]?) -> TableCase {
    TableCase(
      name: name, shape: ResultShape(schema: schema, key: key, mode: mode, zone: .utc, queryName: "totals"))
  }

  public static let all = [
    make("append without a key", .append, key: nil), make("append by window", .append, key: [0, 2]),
    make("append by a key that may come again", .append, key: [0]), make("update by four columns", .update, key: [0, 1, 2, 3]),
    make("update by one column", .update, key: [0]), make("update by all columns", .update, key: Array(0..<12)),
    make("update of a single row", .update, key: []), make("update without a key", .update, key: nil),
    make("complete with a key", .complete, key: [0, 1]), make("complete without a key", .complete, key: nil),
  ]
}
