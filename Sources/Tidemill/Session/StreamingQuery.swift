import TidemillConnectors
import TidemillColumns
import TidemillRuntime
import TidemillViews

/// A job that has been started.
public final class StreamingQuery: Sendable {
  /// The names of its queries.
  public let name: String
  /// The views that its queries keep, in the order of the script.
  public let views: [MaterializedView]
  private let job: Job
  private let task: Task<JobEnding, any Error>
  private let sinks: [any Sink]

  /// - Parameter secrets: what must not be read in the error that the job ends with.
  init(_ job: Job, name: String, sinks: [any Sink], views: [MaterializedView], secrets: Secrets) {
    self.job = job
    self.name = name
    self.sinks = sinks
    self.views = views
    task = Task {
      // Also when the job ends before it has opened them.
      defer { for view in views { view.end() } }
      do { return try await job.run() } catch { throw secrets.redacting(error) }
    }
  }

  /// Returns when the input has ended or the job was stopped.
  ///
  /// - Throws: `TidemillError` when the job failed. What was durable stays so: starting it again with the same checkpoint goes on.
  @discardableResult
  public func awaitTermination() async throws -> JobEnding { try await task.value }

  /// Finishes the epoch that runs, commits it, and ends the job. `awaitTermination` then returns. If a sink's target does not take
  /// the epoch's results, it throws instead of waiting on, and the next start writes them.
  public func stop() async {
    await job.stop()
    for sink in sinks { sink.interrupt() }
  }

  /// Whether the state in the checkpoint has been restored, and the epochs recorded since run again.
  public var isRecovered: Bool { get async { await job.isRecovered } }

  /// The last epoch that ran.
  public var lastEpoch: Epoch { get async { await job.lastEpoch } }

  /// What became of all rows since the checkpoint began, by query.
  public var totals: [(query: String, ledger: RowLedger)] { get async { await job.totals } }
}
