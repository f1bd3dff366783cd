import DeltaLog
import TidemillColumns

/// Adds rows. Small files that earlier epochs left are brought together in the same commits.
struct AppendWriter: ResultWriter {
  private let files: TableFiles
  private let limits: WriterLimits
  private let query: String
  /// Files of this query that are small, by partition, oldest first.
  private var small: [Partition: [WrittenFile]] = [:]

  /// So many small files become one.
  private static let fewest = 8
  /// What is brought together is read whole: no more than this, in bytes of files.
  private static let mostBytes = 32 << 20

  init(_ files: TableFiles, _ limits: WriterLimits, query: String, _ snapshot: TableSnapshot) throws {
    self.files = files
    self.limits = limits
    self.query = query
    try reload(snapshot)
  }

  private var largestMerged: Int { min(limits.targetFileSize, Self.mostBytes) }

  mutating func reload(_ snapshot: TableSnapshot) throws {
    small = [:]
    for file in snapshot.files.values {
      guard file.tags[TableFiles.queryTag] == query, let rows = file.rowCount,
        let partition = files.layout.partition(of: file, table: files.table)
      else { continue }
      note(WrittenFile(file: file, partition: partition, place: nil, rows: rows))
    }
    for partition in small.keys { small[partition]?.sort { Self.order($0.file) < Self.order($1.file) } }
  }

  private static func order(_ file: AddedFile) -> (Int, String) { (file.modificationTime, file.path) }

  private mutating func note(_ file: WrittenFile) {
    if file.file.size * 2 <= largestMerged, file.file.deletionVector == nil { small[file.partition, default: []].append(file) }
  }

  mutating func draft(_ batch: Batch, epoch: UInt64) throws -> ResultDraft {
    var draft = ResultDraft()
    draft.added = try files.writeNew(batch, epoch: epoch, limits: limits)
    if limits.compacts, let (old, partition) = choice() {
      let rows = Batch.concatenating(try old.map { try files.rows(of: $0.file) }, schema: files.layout.stored)
      draft.added.append(try files.write(rows, to: partition, epoch: epoch, dataChange: false))
      draft.removed = old.map { ResultDraft.Removal(file: $0.file, partition: partition, dataChange: false) }
    }
    return draft
  }

  /// The partition with the most small files, if they are enough, and those of them that become one.
  private func choice() -> (files: [WrittenFile], partition: Partition)? {
    var best: (files: [WrittenFile], partition: Partition)?
    for (partition, files) in small where files.count >= Self.fewest {
      // Of like size: what is large already is not written again for a few small ones.
      let likes = Dictionary(grouping: files) { Self.sizeClass($0.file.size) }
      guard let like = likes.values.max(by: { $0.count < $1.count }), like.count >= Self.fewest else { continue }
      var chosen: [WrittenFile] = []
      var bytes = 0
      for file in like.sorted(by: { Self.order($0.file) < Self.order($1.file) }) where bytes + file.file.size <= largestMerged {
        chosen.append(file)
        bytes += file.file.size
      }
      if best.map({ (chosen.count, "\(partition)") > ($0.files.count, "\($0.partition)") }) ?? true {
        best = (chosen, partition)
      }
    }
    return best
  }

  /// Up to 64 KiB, eight times as much, and so on.
  private static func sizeClass(_ bytes: Int) -> Int {
    var (limit, number) = (64 << 10, 0)
    while bytes > limit { (limit, number) = (limit * 8, number + 1) }
    return number
  }

  mutating func committed(_ draft: ResultDraft) {
    let gone = Set(draft.removed.map(\.file.path))
    for partition in Set(draft.removed.map(\.partition)) {
      small[partition]?.removeAll { gone.contains($0.file.path) }
      if small[partition]?.isEmpty == true { small[partition] = nil }
    }
    for file in draft.added { note(file) }
  }
}
