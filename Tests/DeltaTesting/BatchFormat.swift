import DeltaConnector
import TidemillColumns

/// Data files as batches lie in memory, for tests that need no Parquet.
package struct BatchFormat: RowFileFormat {
  package init() {}

  package var fileExtension: String { ".batch" }

  package func file(of rows: Batch) throws -> [UInt8] {
    var writer = ByteWriter()
    writer.write(varint: rows.schema.count)
    for field in rows.schema.fields { writer.write(string: field.name) }
    writer.write(varint: rows.count)
    for column in rows.columns { column.write(to: &writer) }
    return writer.bytes
  }

  package func rows(of file: [UInt8], schema: Schema, ignoring: Set<String>?) throws -> Batch {
    var reader = ByteReader(file)
    var names: [String] = []
    for _ in 0..<(try reader.readVarint()) { names.append(try reader.readString()) }
    let count = try reader.readVarint()
    var columns: [String: Column] = [:]
    for name in names {
      guard let field = schema.fields.first(where: { $0.name == name }) else { throw CorruptBytes("a column \(name)") }
      columns[name] = try Column(type: field.type, reading: &reader)
    }
    return Batch(
      schema: schema, count: count,
      columns: schema.fields.map { field in
        columns[field.name]
          ?? Batch(schema: Schema(field), rows: Array(repeating: [.null], count: count)).columns[0]
      })
  }
}
