import Synchronization
import Testing
import Tidemill

/// A query that is stopped while its sink waits.
@Suite
struct InterruptTests {
  /// Waits for a target that never comes back.
  private final class WaitingSink: Sink {
    struct GivenUp: Error {}
    private let state = Mutex((isInterrupted: false, waiters: [CheckedContinuation<Void, Never>]()))
    private let (entries, entered) = AsyncStream.makeStream(of: Void.self)
    let description = "a target that is gone"

    func open(_ shape: ResultShape, lastEpoch: Epoch) async throws {}

    func write(_ batch: Batch, epoch: Epoch) async throws {
      await withCheckedContinuation { continuation in
        let isInterrupted = state.withLock { state in
          if !state.isInterrupted { state.waiters.append(continuation) }
          return state.isInterrupted
        }
        if isInterrupted { continuation.resume() }
        entered.yield()
      }
      throw GivenUp()
    }

    func interrupt() {
      let waiters = state.withLock { state in
        defer { state = (true, []) }
        return state.waiters
      }
      for waiter in waiters { waiter.resume() }
    }

    func close() async throws {}
    func waitUntilEntered() async { for await _ in entries { return } }
  }

  @Test func aSinkThatWaitsDoesNotKeepAQueryFromEnding() async throws {
    let session = Session()
    let clicks = session.memoryStream("clicks", schema: Schema(Field("user", .string)))
    clicks.push([[.string("ada")]])
    let sink = WaitingSink()
    let query = try await session.table("clicks").writeStream.outputMode(.append).to(sink).start()
    await sink.waitUntilEntered()
    await query.stop()
    await #expect(throws: WaitingSink.GivenUp.self) { try await query.awaitTermination() }
  }
}
