import Synchronization
import TidemillColumns
import TidemillConnectors
import TidemillPlan

/// Keeps results in memory, for tests and small answers. Exactly once: an epoch that it has is not taken again.
public final class MemorySink: Sink {
  private struct State: Sendable {
    var shape: ResultShape?
    var epochs: [(epoch: Epoch, batch: Batch)] = []
  }

  private let state = Mutex(State())

  /// A sink without results yet.
  public init() {}

  public var description: String { "memory" }

  public func open(_ shape: ResultShape, lastEpoch: Epoch) async throws {
    state.withLock { $0.shape = shape }
  }

  public func write(_ batch: Batch, epoch: Epoch) async throws {
    state.withLock { state in
      if let last = state.epochs.last, last.epoch >= epoch { return }
      state.epochs.append((epoch, batch))
    }
  }

  public func close() async throws {}

  /// What the results look like; `nil` until the query has opened the sink.
  public var shape: ResultShape? { state.withLock { $0.shape } }

  /// What each epoch gave, empty ones included.
  public var epochs: [(epoch: Epoch, batch: Batch)] { state.withLock { $0.epochs } }

  /// All rows as they came, retractions left out.
  public var rows: [[Value]] {
    epochs.flatMap { epoch in (0..<epoch.batch.count).filter { epoch.batch.weight($0) > 0 }.map { epoch.batch.row($0) } }
  }

  /// The result as a table: changes folded by key, or by whole rows when there is no key; in complete mode the last result.
  /// Rows are in the order in which they first came.
  public var table: [[Value]] {
    let (shape, epochs) = state.withLock { ($0.shape, $0.epochs) }
    guard let shape else { return [] }
    if shape.mode == .complete { return epochs.last?.batch.rows ?? [] }
    var order: [[Value]] = []
    var held: [[Value]: (rows: [[Value]], count: Int)] = [:]
    for (_, batch) in epochs {
      for index in 0..<batch.count {
        let row = batch.row(index)
        let key = shape.mode == .update ? shape.key.map { $0.map { row[$0] } } : nil
        let name = key ?? row
        if held[name] == nil { order.append(name) }
        let before = held[name]?.count ?? 0
        let after = key == nil ? before + batch.weight(index) : max(0, batch.weight(index))
        held[name] = ([row], after)
      }
    }
    return order.flatMap { name in
      let (rows, count) = held[name]!
      return repeatElement(rows[0], count: max(0, count))
    }
  }
}
