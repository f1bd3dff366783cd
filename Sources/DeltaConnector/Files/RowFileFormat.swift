import TidemillColumns

/// Turns rows into a data file and back.
package protocol RowFileFormat: Sendable {
  /// What data files' names end with: `.zstd.parquet`.
  var fileExtension: String { get }

  /// A data file with these rows; weights are not kept.
  func file(of rows: Batch) throws -> [UInt8]

  /// The rows of a data file, in their order, under this schema. Columns are found by name; one that the file has not is NULL.
  ///
  /// - Parameter ignoring: `nil` to leave out whatever else the file has. Else columns that may be left out: all others that the schema
  ///   has not must have no values, since whoever writes the rows anew would lose them.
  /// - Throws: when the file is damaged, a column is of another type, or one would be lost.
  func rows(of file: [UInt8], schema: Schema, ignoring: Set<String>?) throws -> Batch
}

extension RowFileFormat {
  /// The rows of a data file that stays.
  package func rows(of file: [UInt8], schema: Schema) throws -> Batch { try rows(of: file, schema: schema, ignoring: nil) }
}
