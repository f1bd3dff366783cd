import TidemillColumns

/// Turns rows into a data file and back.
package protocol RowFileFormat: Sendable {
  /// What data files' names end with: `.zstd.parquet`.
  var fileExtension: String { get }

  /// A data file with these rows; weights are not kept.
  func file(of rows: Batch) throws -> [UInt8]

  /// The rows of a data file, in their order, under this schema. Columns are found by name; one that the file has not is NULL.
  ///
  /// - Throws: when the file is damaged, or a column is of another type.
  func rows(of file: [UInt8], schema: Schema) throws -> Batch
}
