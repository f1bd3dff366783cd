import DeltaLog
import TidemillColumns

/// What an epoch makes of a table, written but not committed.
struct ResultDraft: Sendable {
  struct Removal: Sendable {
    var file: AddedFile
    var partition: Partition
    /// Whether rows go with it that do not come back in another file.
    var dataChange: Bool
  }

  var removed: [Removal] = []
  var added: [WrittenFile] = []
  /// What of the table this rests on.
  var reads = DeltaTransaction.Reads.nothing

  var isEmpty: Bool { removed.isEmpty && added.isEmpty }
  var bytes: Int { added.reduce(0) { $0 + $1.file.size } }
  var rows: Int { added.reduce(0) { $0 + $1.rows } }

  func actions(at milliseconds: Int) -> [DeltaAction] {
    removed.map { .remove($0.file.removed(at: milliseconds, dataChange: $0.dataChange)) } + added.map { .add($0.file) }
  }
}

/// Turns the results of epochs into data files, in one of the output modes.
protocol ResultWriter: Sendable {
  /// Writes what an epoch gives.
  mutating func draft(_ batch: Batch, epoch: UInt64) throws -> ResultDraft

  /// Takes note that a draft is in the table now.
  mutating func committed(_ draft: ResultDraft)

  /// Begins anew from what the table is now: others have changed it.
  mutating func reload(_ snapshot: TableSnapshot) throws
}
