import TidemillColumns
import TidemillConnectors
import TidemillEngine

/// The last rows of a stream that could not be accepted.
struct RejectedSamples {
  static let limit = 20
  static let textLimit = 1024

  private(set) var rows: [(row: RejectedRow, epoch: Epoch)] = []

  mutating func note(_ rejected: [RejectedRow], of epoch: Epoch) {
    if rejected.isEmpty { return }
    for row in rejected.suffix(Self.limit) {
      var row = row
      // A slice of the bytes would keep all of them.
      row.text = Array(row.text.prefix(Self.textLimit))
      rows.append((row, epoch))
    }
    rows.removeFirst(max(0, rows.count - Self.limit))
  }
}

/// The last rows that were late for a query, so far as epochs gave samples of them.
struct LateSamples {
  private(set) var rows: [(row: LateRow, epoch: Epoch)] = []

  mutating func note(_ late: [LateRow], of epoch: Epoch) {
    if late.isEmpty { return }
    rows += late.map { ($0, epoch) }
    rows.removeFirst(max(0, rows.count - LateRow.limit))
  }
}
