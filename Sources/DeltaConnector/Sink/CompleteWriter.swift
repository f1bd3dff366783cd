import DeltaLog
import TidemillColumns

/// Replaces all rows by the whole result.
struct CompleteWriter: ResultWriter {
  private let files: TableFiles
  private let limits: WriterLimits
  private var there: [AddedFile] = []
  /// A sum of the rows that are in the table; `nil` when that is not known.
  private var fingerprint: UInt64?

  init(_ files: TableFiles, _ limits: WriterLimits, _ snapshot: TableSnapshot) {
    self.files = files
    self.limits = limits
    reload(snapshot)
  }

  mutating func reload(_ snapshot: TableSnapshot) {
    there = snapshot.files.values.sorted { $0.path < $1.path }
    fingerprint = nil
  }

  mutating func draft(_ batch: Batch, epoch: UInt64) throws -> ResultDraft {
    var draft = ResultDraft(reads: .wholeTable)
    // What has not changed is not written again.
    if fingerprint == Self.fingerprint(of: batch) { return draft }
    draft.removed = there.map { file in
      ResultDraft.Removal(file: file, partition: Partition(values: []), dataChange: true)
    }
    draft.added = try files.writeNew(batch, epoch: epoch, limits: limits)
    pending = Self.fingerprint(of: batch)
    return draft
  }

  private var pending: UInt64?

  /// The same for the same rows in whatever order.
  private static func fingerprint(of batch: Batch) -> UInt64 {
    let hashes = RowHash.of(batch.columns, count: batch.count)
    var sum = UInt64(batch.count) &+ 1
    for row in 0..<batch.count { sum = sum &+ hashes.base[row] &* (hashes.base[row] | 1) }
    return sum
  }

  mutating func committed(_ draft: ResultDraft) {
    if draft.isEmpty { return }
    there = draft.added.map(\.file)
    fingerprint = pending
  }
}
