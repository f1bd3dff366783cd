import Synchronization
import TidemillColumns
import TidemillConnectors

/// A query's results as an `AsyncSequence` of batches: `for try await result in stream { … }`.
///
/// For one reader. A query that is ahead of its reader waits, once `bufferLimit` results are ready; when the reader leaves its
/// loop the rest is dropped. Epochs without changes are left out. At least once across restarts, as for `CallbackSink`.
public final class ResultStream: Sink, AsyncSequence {
  /// The changes that one epoch made to the result.
  public struct Element: Sendable {
    /// The epoch's number; after a crash, numbers since the last snapshot come again.
    public var epoch: Epoch
    /// The changes, never empty; a row's weight says whether it came or went.
    public var batch: Batch
  }

  private struct State: Sendable {
    var buffer: [Element] = []
    var isClosed = false
    var isAbandoned = false
  }

  private let bufferLimit: Int
  private let state = Mutex(State())
  private let filled = InputSignal()
  private let emptied = InputSignal()

  /// A stream that lets its query be at most `bufferLimit` results ahead of the reader; at least 1.
  public init(bufferLimit: Int = 16) {
    precondition(bufferLimit > 0, "a stream holds at least one result")
    self.bufferLimit = bufferLimit
  }

  public var description: String { "result stream" }

  public func open(_ shape: ResultShape, lastEpoch: Epoch) async throws {}

  public func write(_ batch: Batch, epoch: Epoch) async throws {
    if batch.count == 0 { return }
    while true {
      let isDone = state.withLock { state in
        if state.isAbandoned || state.isClosed { return true }
        guard state.buffer.count < bufferLimit else { return false }
        state.buffer.append(Element(epoch: epoch, batch: batch))
        return true
      }
      if isDone { break }
      try await emptied.wait(timeout: nil) {
        self.state.withLock { $0.isAbandoned || $0.isClosed || $0.buffer.count < self.bufferLimit }
      }
    }
    filled.notify()
  }

  /// Ends the reader's loop once it has read what is ready.
  public func close() async throws {
    state.withLock { $0.isClosed = true }
    filled.notify()
    emptied.notify()
  }

  /// The reader's end; when it is gone the query no longer waits, so take one only.
  public func makeAsyncIterator() -> Iterator { Iterator(reading: Reading(self)) }

  /// Tells the stream when its reader is gone.
  fileprivate final class Reading: Sendable {
    let stream: ResultStream

    init(_ stream: ResultStream) { self.stream = stream }

    deinit {
      stream.state.withLock {
        $0.isAbandoned = true
        $0.buffer = []
      }
      stream.emptied.notify()
    }
  }

  /// Reads the results in the order of their epochs.
  public struct Iterator: AsyncIteratorProtocol {
    fileprivate let reading: Reading

    /// The next epoch with changes, waiting for it if need be; `nil` once the query has ended and all is read.
    ///
    /// - Throws: `CancellationError` when the reading task is cancelled.
    public mutating func next() async throws -> Element? {
      let stream = reading.stream
      while true {
        let (element, isClosed) = stream.state.withLock { state in
          (state.buffer.isEmpty ? nil : state.buffer.removeFirst(), state.isClosed)
        }
        if let element {
          stream.emptied.notify()
          return element
        }
        if isClosed { return nil }
        try await stream.filled.wait(timeout: nil) { stream.state.withLock { $0.isClosed || !$0.buffer.isEmpty } }
      }
    }
  }
}
