import TidemillColumns
import TidemillConnectors

/// Spark's `foreachBatch`: gives each epoch's result to a function of the program.
///
/// At least once: after a crash the epochs since the last snapshot come again, with the same number and content. What the
/// function throws ends the query.
public final class CallbackSink: Sink {
  private let body: @Sendable (Batch, Epoch) async throws -> Void

  /// Calls `body` with each epoch's changes, one epoch at a time and in order; the next epoch waits for it.
  public init(_ body: @escaping @Sendable (Batch, Epoch) async throws -> Void) { self.body = body }

  public var description: String { "function" }

  public func open(_ shape: ResultShape, lastEpoch: Epoch) async throws {}

  public func write(_ batch: Batch, epoch: Epoch) async throws { try await body(batch, epoch) }

  public func close() async throws {}
}
