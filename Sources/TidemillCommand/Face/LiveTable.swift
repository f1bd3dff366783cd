import Synchronization
import Tidemill
import TidemillFormats

/// A result as a table that is drawn in place while it changes.
final class LiveTable: Sink {
  let description = "terminal"
  private let zone: SessionZone
  private let table = Mutex<ResultTable?>(nil)
  private let whenChanged = Mutex<(@Sendable () -> Void)?>(nil)

  /// More rows than any terminal shows, few enough to sort several times a second.
  private static let rowLimit = 10_000

  init(zone: SessionZone) { self.zone = zone }

  func onChange(_ body: @escaping @Sendable () -> Void) { whenChanged.withLock { $0 = body } }

  func open(_ shape: ResultShape, lastEpoch: Epoch) async throws {
    let order = ResultOrder(shape, newestFirst: true)
    table.withLock { $0 = ResultTable(shape, order: order, limit: Self.rowLimit) }
  }

  func write(_ batch: Batch, epoch: Epoch) async throws {
    guard batch.count > 0 || table.withLock({ $0?.shape.mode == .complete }) else { return }
    table.withLock { $0!.apply(batch) }
    whenChanged.withLock { $0 }?()
  }

  func close() async throws {}

  /// The table's lines, at most `limit` of them.
  func lines(limit: Int?) -> [String] {
    guard let (table, rows) = table.withLock({ table in table.map { ($0, $0.sortedRows) } }) else { return [] }
    // Title, three rules, and the note.
    let shown = limit.map { max(1, $0 - 5) } ?? rows.count
    var bytes: [UInt8] = []
    TableWriter(zone: zone).append(Batch(schema: table.shape.schema, rows: Array(rows.prefix(shown))), to: &bytes)
    var lines = bytes.split(separator: UInt8(ascii: "\n")).map { String(decoding: $0, as: UTF8.self) }
    let hidden = rows.count - min(shown, rows.count)
    if hidden > 0 || table.isCut {
      lines.append("… \(table.isCut ? "more than " : "")\(Quantity.grouped(hidden)) more \(hidden == 1 ? "row" : "rows")")
    }
    return lines
  }
}
