#if Lake
  import Foundation
  import LakeFiles
  import TidemillColumns
  import TidemillConnectors

  @testable import ParquetConnector

  /// A directory that is removed with its owner.
  final class TestDirectory {
    let path: String

    init() throws {
      path = NSTemporaryDirectory() + "tidemill-parquet-" + UUID().uuidString
      try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    func full(_ name: String) -> String { path + "/" + name }

    func write(_ name: String, _ bytes: [UInt8]) throws {
      let file = URL(fileURLWithPath: full(name))
      try FileManager.default.createDirectory(at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
      try Data(bytes).write(to: file)
    }

    func bytes(_ name: String) throws -> [UInt8] { Array(try Data(contentsOf: URL(fileURLWithPath: full(name)))) }

    /// The bytes of all files, by their paths within the directory.
    func everything() throws -> [String: [UInt8]] {
      var found: [String: [UInt8]] = [:]
      for name in try FileManager.default.subpathsOfDirectory(atPath: path) {
        var isDirectory: ObjCBool = false
        guard FileManager.default.fileExists(atPath: full(name), isDirectory: &isDirectory), !isDirectory.boolValue else {
          continue
        }
        found[name] = try bytes(name)
      }
      return found
    }

    func remove(_ name: String) throws { try FileManager.default.removeItem(atPath: full(name)) }
  }

  /// The bytes of a Parquet file.
  func parquet(_ schema: Schema, _ rows: [[Value]], rowGroupRows: Int = 1 << 20) throws -> [UInt8] {
    var bytes: [UInt8] = []
    let writer = try ParquetWriter(schema, options: ParquetWriter.Options(rowGroupRows: rowGroupRows)) {
      bytes.append(contentsOf: $0)
    }
    try writer.append(Batch(schema: schema, rows: rows))
    _ = try writer.close()
    return bytes
  }

  let namesAndNumbers = Schema(Field("name", .string), Field("number", .int))

  /// Rows `name`, `number` with the numbers of a range.
  func rows(_ numbers: Range<Int>) -> [[Value]] { numbers.map { [.string("row \($0)"), .integer(Int64($0))] } }

  struct ReadAll {
    var rows: [[Value]] = []
    var rejected: [RejectedRow] = []
    var slices: [SourceSlice] = []
    var end = SourcePosition.beginning
    var batches = 0
  }

  /// All that a source has behind a position, task by task, each to its end.
  func readAll(
    _ source: ParquetSource, from position: SourcePosition = .beginning, byteLimit: Int = .max, isFinal: Bool = false,
    latest: EventTime = .distantFuture
  ) async throws -> ReadAll {
    var all = ReadAll(end: position)
    while let slice = try await source.nextSlice(after: all.end, byteLimit: byteLimit, isFinal: isFinal) {
      try read(slice, of: source, latest: latest, into: &all)
      all.slices.append(slice)
      all.end = slice.end
    }
    return all
  }

  func read(_ slice: SourceSlice, of source: ParquetSource, latest: EventTime = .distantFuture, into all: inout ReadAll) throws
  {
    for task in try source.tasks(for: slice) {
      var next: (any ReadTask)? = task
      while let part = next {
        let result = try part.read(latest: latest)
        all.rows += result.batch.rows
        all.rejected += result.rejected
        all.batches += 1
        next = result.rest
      }
    }
  }
#endif
