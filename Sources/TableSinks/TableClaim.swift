import TidemillColumns
import TidemillConnectors
import TidemillPlan

/// What a database has recorded of who writes a table: a row of its table `tidemill_epochs`.
package struct TableRecord: Hashable, Sendable {
  package var query: String
  package var mode: String
  /// The last epoch with changes that is in the table; 0 before the first.
  package var epoch: UInt64

  /// The table that holds the records, one row a table of results.
  package static let tableName = "tidemill_epochs"

  package init(query: String, mode: String, epoch: UInt64) {
    self.query = query
    self.mode = mode
    self.epoch = epoch
  }
}

/// Whether a job may write a table, by what the table holds and what the job's checkpoint knows.
package enum TableClaim: Hashable, Sendable {
  /// The table holds this job's rows up to an epoch.
  case goesOn(through: Epoch)
  /// The job begins with its first epoch.
  case begins
  /// The job begins, and another's rows go first.
  case beginsAnew

  /// - Parameters:
  ///   - record: what is recorded of the table.
  ///   - hasRows: whether there are rows in it.
  ///   - table: for messages.
  ///   - overwrites: whether rows of another job are removed instead of refused.
  /// - Throws: `TidemillError` when the rows are another's.
  package static func judge(
    _ record: TableRecord?, hasRows: Bool, _ shape: ResultShape, lastEpoch: Epoch, table: String, overwrites: Bool
  ) throws -> TableClaim {
    guard let why = objection(record, hasRows: hasRows, shape, lastEpoch: lastEpoch) else {
      guard let record, record.epoch <= lastEpoch.number else { return .begins }
      return .goesOn(through: Epoch(record.epoch))
    }
    if overwrites { return .beginsAnew }
    throw TidemillError(
      .badInput, "table \(table) holds rows of another job: \(why)",
      hint: "write to another table, go on with the job's own checkpoint, or remove the old rows with overwrite 'true'")
  }

  private static func objection(
    _ record: TableRecord?, hasRows: Bool, _ shape: ResultShape, lastEpoch: Epoch
  ) -> String? {
    guard let record else { return hasRows ? "no job of tidemill has recorded what it wrote there" : nil }
    if record.query != shape.queryName { return "the query \(record.query) writes it, and this one is \(shape.queryName)" }
    if record.mode != shape.mode.rawValue {
      return "it was written in \(record.mode) mode, and this is \(shape.mode.rawValue) mode"
    }
    // A complete result is replaced by the next one, whoever wrote it.
    if record.epoch <= lastEpoch.number || shape.mode == .complete { return nil }
    return lastEpoch == .none
      ? "this job is new, and the table ends at epoch \(record.epoch)"
      : "this job's checkpoint ends at epoch \(lastEpoch), and the table at epoch \(record.epoch)"
  }

  /// What to say when another process has opened the table since.
  package static func lost(_ table: String) -> TidemillError {
    TidemillError(
      .io, "another job has begun to write table \(table)",
      hint: "give each job a table of its own; only the last one that opened the table goes on")
  }
}
