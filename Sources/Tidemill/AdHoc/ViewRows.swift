import Synchronization
import TidemillColumns
import TidemillConnectors

/// The rows of a view as they were, as a stream that ends. One epoch reads them all, in pieces, and may be cancelled between any two.
final class ViewRows: Source {
  private let rows: Batch
  /// How many rows a piece has at most: what a join makes of each is in memory at once.
  private let pieceRows: Int
  private let cancelled = Flag()
  private let isTaken = Atomic(false)

  init(_ rows: Batch, pieceRows: Int) {
    self.rows = rows
    self.pieceRows = pieceRows
  }

  let description = "a view"

  /// Ends the epoch that reads the rows, if it is not at its end.
  func cancel() { cancelled.set() }

  var hasEnded: Bool { isTaken.load(ordering: .acquiring) }

  func waitForInput(timeout: Duration) async throws {}

  func nextSlice(after position: SourcePosition, byteLimit: Int, isFinal: Bool) async throws -> SourceSlice? {
    defer { isTaken.store(true, ordering: .releasing) }
    if position != .beginning || rows.count == 0 { return nil }
    return SourceSlice(record: [], end: SourcePosition([1]), byteCount: rows.memoryUsed, reachesEnd: true)
  }

  func tasks(for slice: SourceSlice) -> [any ReadTask] {
    stride(from: 0, to: rows.count, by: pieceRows).map { start in
      Piece(rows: rows, range: start..<min(start + pieceRows, rows.count), cancelled: cancelled)
    }
  }

  private final class Flag: Sendable {
    private let value = Atomic(false)

    var isSet: Bool { value.load(ordering: .relaxed) }

    func set() { value.store(true, ordering: .relaxed) }
  }

  private struct Piece: ReadTask {
    let rows: Batch
    let range: Range<Int>
    let cancelled: Flag

    var partition: Int { 0 }

    func read(latest: EventTime) throws -> ReadResult {
      if cancelled.isSet { throw CancellationError() }
      let piece = range.count == rows.count ? rows : rows.selecting(Array(range))
      return ReadResult(batch: piece, rejected: [], byteCount: piece.count * piece.schema.valueBytes)
    }
  }
}
