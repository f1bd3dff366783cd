import TidemillColumns
import TidemillConnectors
import TidemillRuntime
import TidemillStorage

/// A job under a test's control: epochs run when the test says so, on a clock that the test moves.
public struct JobDriver: Sendable {
  /// The job, for what the driver has no word for.
  public let job: Job
  /// The only clock that the job knows.
  public let clock: ManualClock

  /// Makes the job without running an epoch.
  ///
  /// - Throws: `TidemillError` for a plan that the engine does not run.
  public init(
    _ streams: [StreamInput], tables: [TableInput] = [], checkpoint: any CheckpointStore = VolatileCheckpoint(),
    options: JobOptions = JobOptions(),
    clock: ManualClock = ManualClock(), onProgress: (@Sendable (QueryProgress) -> Void)? = nil
  ) throws {
    self.clock = clock
    job = try Job(
      streams, tables: tables, checkpoint: checkpoint, options: options, clock: clock, onProgress: onProgress)
  }

  /// A job that did not come to rest.
  public struct Restless: Error, CustomStringConvertible {
    public let description: String
  }

  /// Runs epochs until there is nothing to do at this time.
  ///
  /// - Returns: how many ran.
  /// - Throws: what the job throws; `Restless` if it still has something to do after `limit` epochs.
  @discardableResult
  public func settle(limit: Int = 1000) async throws -> Int {
    for count in 0..<limit where try await !job.step() { return count }
    throw Restless(description: "the job still runs epochs after \(limit), though neither input nor clock move")
  }

  /// Moves the clock, then settles.
  @discardableResult
  public func advance(by span: TimeSpan) async throws -> Int {
    clock.advance(by: span)
    return try await settle()
  }

  /// Ends the job as Ctrl-C does: takes a snapshot and closes the checkpoint and the sinks.
  public func stop() async throws {
    await job.stop()
    try await job.run()
  }
}
