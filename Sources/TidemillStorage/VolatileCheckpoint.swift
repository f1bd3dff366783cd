import Synchronization

/// For jobs without a checkpoint directory: keeps nothing, and holds the caller to the order of epochs all the same.
public final class VolatileCheckpoint: CheckpointStore {
  private struct State {
    var lastEpoch: UInt64 = 0
  }

  private let state = Mutex(State())

  /// A store that knows nothing yet and will know nothing in the next process.
  public init() {}

  public var isDurable: Bool { false }

  public func recover() -> Recovery { Recovery() }

  public func append(_ record: EpochRecord) {
    state.withLock { state in
      precondition(
        record.epoch > 0 && (record.epoch == state.lastEpoch || record.epoch == state.lastEpoch + 1),
        "the last epoch was \(state.lastEpoch): epoch \(record.epoch) cannot follow")
      state.lastEpoch = record.epoch
    }
  }

  public func sync() {}

  public func startSegment() {}

  public func beginSnapshot(epoch: UInt64) -> any SnapshotWriting { NoSnapshot() }

  private final class NoSnapshot: SnapshotWriting {
    func write(_ bytes: [UInt8], to section: String) {}
    func finish() {}
    func abandon() {}
  }

  /// Nothing is ever recovered, so every epoch's input may go at once.
  public var releasableEpoch: UInt64 { state.withLock { $0.lastEpoch } }

  public func close() {}
}
