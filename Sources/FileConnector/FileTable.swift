import TidemillColumns
import TidemillConnectors
import TidemillFormats

/// A static table of line records: a file, or all files of a directory or of a glob.
///
/// It changes when a file comes, goes, or has another size or time. A row that cannot be read is an error that says where it is.
public final class FileTable: TableSource {
  /// Makes the format of the files for the columns that are asked for.
  public typealias MakeFormat = @Sendable (Schema) throws -> any RecordFormat

  public let description: String
  private let path: String
  private let compression: Compression
  private let learn: @Sendable () throws -> LearntColumns
  private let format: MakeFormat

  /// - Parameters:
  ///   - formatName: for descriptions, such as `csv`.
  ///   - learn: finds out the columns.
  public init(
    path: String, formatName: String, compression: Compression = .auto, learn: @escaping @Sendable () throws -> LearntColumns,
    format: @escaping MakeFormat
  ) {
    self.path = path
    self.compression = compression
    self.learn = learn
    self.format = format
    description = "\(formatName) files in \(path)"
  }

  public func columns() throws -> LearntColumns { try learn() }

  public func version() throws -> TableVersion {
    let (bytes, count) = try FileListing(path: path, compression: compression).version()
    return TableVersion(bytes, text: count == 1 ? "1 file" : "\(count) files")
  }

  public func read(_ version: TableVersion, columns: Schema, _ take: (Batch) throws -> Void) throws {
    let source = try FileSource(
      path: path, format: try format(columns), formatName: description, compression: compression)
    do {
      var position = SourcePosition.beginning
      while let slice = try source.slice(after: position, byteLimit: 1 << 26, isFinal: true) {
        for task in try source.tasks(for: slice) { try read(task, of: source, take) }
        position = slice.end
      }
    } catch {
      // What someone is writing has mistakes that it will not have when it is there.
      if try self.version() != version { throw TableChanged() }
      throw error
    }
    if try self.version() != version { throw TableChanged() }
  }

  private func read(_ task: any ReadTask, of source: FileSource, _ take: (Batch) throws -> Void) throws {
    var rest: (any ReadTask)? = task
    while let next = rest {
      let result = try next.read(latest: .distantFuture)
      if let row = result.rejected.first {
        let line = source.line(of: row.origin, offset: row.offset)
        throw TidemillError(
          .badInput, "\(row.origin)\(line.map { ", line \($0)" } ?? ""): \(row.detail)",
          hint: "a table with a row that cannot be read is not used; mend it, or declare the column as STRING")
      }
      if result.batch.count > 0 { try take(result.batch) }
      rest = result.rest
    }
  }
}
