import DeltaLog
import Synchronization
import TidemillColumns

/// Writes and reads the data files of a table.
final class TableFiles: Sendable {
  private let store: any LakeStore
  private let format: any RowFileFormat
  let layout: DeltaLayout
  private let cache: RowCache
  private let query: String
  private let keyTag: String
  /// For messages.
  let table: String
  private let indexedColumns: Int?
  private let now: @Sendable () -> Int
  /// How many bytes a row takes in a file, as far as is known.
  private let width: Mutex<Double>

  init(
    _ store: any LakeStore, _ format: any RowFileFormat, _ layout: DeltaLayout, cache: RowCache, query: String, table: String,
    indexedColumns: Int?, now: @escaping @Sendable () -> Int
  ) {
    self.store = store
    self.format = format
    self.layout = layout
    self.cache = cache
    self.query = query
    keyTag = layout.keyTag
    self.table = table
    self.indexedColumns = indexedColumns
    self.now = now
    width = Mutex(layout.stored.fields.reduce(0.0) { $0 + ($1.type == .string ? 12 : 4) })
  }

  static let queryTag = "tidemill.query"
  /// Of what columns the key is by which a file has its place.
  static let keyTag = "tidemill.key"

  /// About how many bytes so many rows take in a file.
  func bytes(ofRows count: Int) -> Int { Int(width.withLock { $0 } * Double(count)) }

  /// About how many rows take so many bytes.
  func rows(inBytes bytes: Int) -> Int { max(1, Int(Double(bytes) / width.withLock { $0 })) }

  /// Learns from a file how wide rows are.
  func learn(bytes: Int, rows: Int) {
    if rows >= 1000 { width.withLock { $0 = max(0.05, Double(bytes) / Double(rows)) } }
  }

  /// Writes rows as a file that no commit names yet.
  ///
  /// - Parameters:
  ///   - rows: of the columns that are stored.
  ///   - epoch: for the file's name.
  ///   - keeps: whether they will be needed again soon.
  func write(
    _ rows: Batch, to partition: Partition, epoch: UInt64, place: Placement? = nil, dataChange: Bool = true, keeps: Bool = false
  ) throws -> WrittenFile {
    let bytes = try format.file(of: rows)
    let path = "\(layout.directory(of: partition))\(epoch)-\(UniqueName.make())\(format.fileExtension)"
    try store.put(path, bytes)
    learn(bytes: bytes.count, rows: rows.count)
    let uri = FilePath.encoded(path)
    if keeps { cache.keep(rows.withOwnStrings(), of: uri) }
    var tags = place?.tags ?? [:]
    if place != nil { tags[Self.keyTag] = keyTag }
    tags[Self.queryTag] = query
    let file = AddedFile(
      path: uri, partitionValues: layout.values(of: partition), size: bytes.count, modificationTime: now(),
      dataChange: dataChange, stats: FileStatistics.json(of: rows, columns: indexedColumns), tags: tags)
    return WrittenFile(file: file, partition: partition, place: place, rows: rows.count)
  }

  /// The rows of a file of the table.
  ///
  /// - Throws: `TidemillError` when the file is gone, damaged, or has rows that are deleted in ways unknown here.
  func rows(of file: AddedFile) throws -> Batch {
    if let rows = cache.rows(file.path) { return rows }
    if file.deletionVector != nil {
      throw TidemillError(
        .unsupported, "the file \(file.path) of \(table) has deletionVectors, which tidemill does not read",
        hint: "rewrite the table without them")
    }
    guard let path = FilePath.decoded(file.path) else {
      throw TidemillError(
        .unsupported, "\(table) has a file outside of its directory: \(file.path)", hint: "copy the table whole")
    }
    do {
      let rows = try format.rows(
        of: store.read(path), schema: layout.stored, ignoring: Set(layout.partitions.map(\.name)))
      return rows
    } catch let error as LakeStoreError where error.kind == .notFound {
      throw TidemillError(
        .badInput, "the file \(file.path) of \(table) is gone", hint: "restore it, or remove it from the table's log")
    }
  }

  /// Forgets what the cache has of a file, and the file itself if asked to; one that stays is only waste.
  func drop(_ file: AddedFile, deleting: Bool) {
    cache.forget(file.path)
    if deleting, let path = FilePath.decoded(file.path) { try? store.delete(path) }
  }
}

/// A data file that is written and waits for its commit.
struct WrittenFile: Sendable {
  var file: AddedFile
  var partition: Partition
  var place: Placement?
  var rows: Int
}
