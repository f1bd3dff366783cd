import TidemillColumns

/// A batch on its way through a query: first prepared by a lane, then put in order, then absorbed by that lane.
public final class PreparedBatch: @unchecked Sendable {
  // One lane owns it, apart from the moment in which it is put in order; that happens under the caller's lock.

  let partition: Int
  /// The rows under the plan's scan schema.
  let scan: Batch
  /// The rows as the source gave them, for those who keep late rows.
  let original: Batch
  /// The event times of `scan` and their bounds; `nil` without any.
  let eventTimes: (column: Column, bounds: BlockBounds)?
  /// The rows that are still in, after the stages so far.
  var current: Batch
  /// Where the rows of `current` stand in `scan`, in order; `nil` when each is there once.
  var rows: [Int]?
  var ledger = Ledger()
  /// Positions in `scan` of late rows.
  var late: [Int] = []
  /// What became of each row of `scan`, once a join has made several of one; `nil` before.
  var fates: Buffer<UInt8>?
  /// The static tables that its rows are joined with.
  let sides: JoinSides
  /// What kept it from being prepared; then it has no rows, and its epoch cannot be finished.
  public internal(set) var failure: TidemillError?
  /// Bytes of a row that a join has made; 0 before.
  var joinedRowBytes = 0
  /// Its place among the batches of the epoch.
  var sequence = 0
  /// The partition's highest event time before this batch.
  var highestBefore = Int64.min
  /// Whether its rows are of a history in no order: then only `floor` makes them late.
  var isHistory = false
  /// What the partition's watermark is at least.
  var floor = Int64.min
  /// The global watermark when the epoch began, and through which window end an earlier end of input has closed everything.
  var global = Int64.min
  var ended = Int64.min

  /// In place of rows: those that were not read, since a condition leaves them out; their number and highest event time,
  /// `Int64.min` without one.
  let skipped: (count: Int, highest: Int64)

  /// - Parameter eventTime: the ordinal of the event time.
  init(
    scan: Batch, original: Batch, partition: Int, eventTime: Int?, sides: JoinSides,
    skipped: (count: Int, highest: Int64) = (0, .min)
  ) {
    self.sides = sides
    self.scan = scan
    self.original = original
    self.partition = partition
    eventTimes = eventTime.flatMap { ordinal in
      if scan.count == 0 { return nil }
      let column = scan.columns[ordinal]
      return (column, BlockBounds(column.int64, count: scan.count))
    }
    current = scan
    self.skipped = skipped
    ledger.rows = scan.count + skipped.count
    ledger.filtered = skipped.count
  }

  /// Whether there is a row in it, read or not.
  var hasRows: Bool { scan.count + skipped.count > 0 }

  /// The highest event time of its rows; `Int64.min` without one.
  var highest: Int64 { max(eventTimes?.bounds.whole.highest ?? .min, skipped.highest) }

  /// About how many bytes the rows take that joins have made: any number of them may come of a row, so that what was read says
  /// nothing of them. 0 without joins.
  public var joinedBytes: Int { current.count * joinedRowBytes }

  /// Keeps the rows at `positions` of `current`.
  func keep(_ positions: [Int]) {
    if positions.count == current.count { return }
    rows = rows.map { rows in positions.map { rows[$0] } } ?? positions
    current = current.selecting(positions)
  }

  /// The position in `scan` of a row of `current`.
  func scanPosition(_ row: Int) -> Int { rows.map { $0[row] } ?? row }
}
