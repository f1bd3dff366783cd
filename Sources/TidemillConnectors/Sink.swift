import TidemillColumns
import TidemillPlan

/// What a sink is told of the result it will get.
public struct ResultShape: Sendable {
  /// The result's columns.
  public var schema: Schema
  /// Ordinals that identify a row; `nil` when there is no key: then changes come as retractions and inserts of whole rows.
  public var key: [Int]?
  /// What the sink will get of the result.
  public var mode: OutputMode
  /// The zone in which times are shown.
  public var zone: SessionZone
  /// The query's name, for messages and for names at the target.
  public var queryName: String

  public init(schema: Schema, key: [Int]?, mode: OutputMode, zone: SessionZone, queryName: String) {
    self.schema = schema
    self.key = key
    self.mode = mode
    self.zone = zone
    self.queryName = queryName
  }
}

/// Where results go.
///
/// # Contract
/// - `write` is called once per epoch and in order, also for epochs without changes (`batch.count == 0`), and only after the
///   epoch is durable. For epochs that hold changes back it is not called; a later one brings the difference that they all make.
/// - After a crash the epochs since the last snapshot are written again, with the same content. A sink that can be exactly-once
///   discards what it already holds.
/// - In append mode all weights are +1. In update mode, with a key, a row of weight +1 replaces the row of its key and one of
///   weight -1 removes it; there is at most one row of a key. In complete mode the batch is the whole result.
public protocol Sink: AnyObject, Sendable {
  var description: String { get }

  /// Called once, before the first write.
  ///
  /// - Parameter lastEpoch: the last epoch that the job's checkpoint knows to be durable, `.none` for a new job. What the target
  ///   holds of later epochs is from a job that was lost.
  func open(_ shape: ResultShape, lastEpoch: Epoch) async throws

  /// Takes the changes that an epoch made to the result, and returns once they are handed over; the query waits.
  ///
  /// - Throws: what kept the result from its target; it ends the query.
  func write(_ batch: Batch, epoch: Epoch) async throws

  /// Called once after the last write, so that what is held back can be given out.
  func close() async throws

  /// Called from any thread when the query is to end: a `write` that waits for a target to come back shall throw instead of
  /// waiting on, then and from then on. One that is getting ahead goes on.
  func interrupt()
}

extension Sink {
  /// For sinks that never wait for long.
  public func interrupt() {}
}
