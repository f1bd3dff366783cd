import TidemillColumns
import TidemillConnectors

/// Rejected and late rows as batches for the sinks that keep them.
enum KeptRows {
  /// `_reason`, `_detail`, `_origin`, `_line`, `_offset`, `_row`.
  static let rejectedSchema = Schema(
    Field("_reason", .string), Field("_detail", .string), Field("_origin", .string), Field("_line", .bigint),
    Field("_offset", .bigint), Field("_row", .string))

  static func batch(of rows: [RejectedRow], line: (RejectedRow) -> Int?) -> Batch {
    Batch(
      schema: rejectedSchema,
      rows: rows.map { row in
        [
          .string(row.reason.rawValue), .string(row.detail), .string(row.origin),
          line(row).map { .integer(Int64($0)) } ?? .null, .integer(Int64(row.offset)),
          .string(String(decoding: row.text, as: UTF8.self)),
        ]
      })
  }

  /// The stream's columns and `_query`, the name of the query for which the row was late.
  static func lateSchema(_ schema: Schema) -> Schema { Schema(schema.fields + [Field("_query", .string)]) }

  static func late(_ batch: Batch, query: String, schema: Schema) -> Batch {
    let name = ColumnBuilder(.string, capacity: batch.count)
    for _ in 0..<batch.count { name.append(string: query) }
    return Batch(schema: lateSchema(schema), count: batch.count, columns: batch.columns + [name.finish()])
  }
}
