import Dispatch
import Synchronization
import TidemillConnectors
import TidemillStorage

/// Something that another thread brings about: whoever asks for it waits until it is there.
final class Ticket: Sendable {
  private struct State: Sendable {
    var result: Result<Void, any Error>?
    var waiting: [CheckedContinuation<Void, any Error>] = []
  }

  private let state = Mutex(State())

  /// Says that it is there, or what kept it away.
  func resolve(_ result: Result<Void, any Error>) {
    let waiting = state.withLock { state in
      state.result = result
      defer { state.waiting = [] }
      return state.waiting
    }
    for continuation in waiting { continuation.resume(with: result) }
  }

  /// Returns once it is there.
  func value() async throws {
    if let result = state.withLock({ $0.result }) { return try result.get() }
    try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Void, any Error>) in
      let result = state.withLock { state in
        if state.result == nil { state.waiting.append(continuation) }
        return state.result
      }
      if let result { continuation.resume(with: result) }
    }
  }
}

/// The thread that writes the epoch log, in the order in which it is asked to. The records of an epoch may be asked for while
/// those of the one before wait for the disk.
final class LogThread: @unchecked Sendable {
  // What changes is touched on the queue only.

  private let checkpoint: any CheckpointStore
  // Of one job alone: another one's slow disk must not hold it up.
  private let queue = DispatchQueue(label: "tidemill.disk")
  /// Of the last record.
  private var lastEpoch: UInt64 = 0
  private var failure: (any Error)?
  private var beginsSegment = false
  /// Whether the segment has a record that a note may follow; the one that a recovery found may not.
  private var takesNotes = false
  /// Notes that wait for such a record.
  private var notes: [CommitRecord] = []

  init(_ checkpoint: any CheckpointStore) { self.checkpoint = checkpoint }

  /// Writes an epoch's inputs; the ticket's time comes when they are durable.
  func log(_ inputs: EpochInputs) -> Ticket {
    let record = inputs.record
    return perform { [self] in
      if beginsSegment {
        try checkpoint.startSegment()
        beginsSegment = false
        takesNotes = false
      }
      try checkpoint.append(record)
      lastEpoch = record.epoch
      takesNotes = true
      for note in notes { try append(note) }
      notes = []
      try checkpoint.sync()
    }
  }

  /// Writes that an epoch's results are in all sinks. It becomes durable together with what follows.
  func note(_ committed: CommitRecord) -> Ticket {
    perform { [self] in
      if takesNotes { try append(committed) } else { notes.append(committed) }
    }
  }

  private func append(_ committed: CommitRecord) throws { try checkpoint.append(committed.record(at: Epoch(lastEpoch))) }

  /// Lets the next epoch begin a new segment, since the state before it is being written.
  func beginSegment() { queue.async { self.beginsSegment = true } }

  private func perform(_ work: @escaping @Sendable () throws -> Void) -> Ticket {
    let ticket = Ticket()
    queue.async { [self] in
      // A record that is not there must not be followed by a later one, which may have been asked for already.
      let result = Result {
        if let failure { throw failure }
        try translatingStorageErrors(work)
      }
      if case .failure(let error) = result { failure = failure ?? error }
      ticket.resolve(result)
    }
    return ticket
  }
}
