import LocalConnectors
import TidemillColumns
import TidemillConnectors
import TidemillFormats
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
  private let zone: SessionZone
  /// The streams `USING http`, by name: what is pushed into them is what the queries read.
  public let pushStreams: [PushStream]

  /// - Parameter secrets: what must not be read in the error that the job ends with.
  init(
    _ job: Job, name: String, sources: [any Source], sinks: [any Sink], views: [MaterializedView], zone: SessionZone,
    secrets: Secrets
  ) {
    self.job = job
    self.name = name
    self.sinks = sinks
    self.views = views
    self.zone = zone
    pushStreams = sources.flatMap(\.pushStreams).sorted { $0.name < $1.name }
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

  /// Lets the job finish the epochs that it has begun, and begin no others until `resume` or `stop`. Returns when their results are in
  /// the sinks. All queries of the job share its streams, so all of them stand still.
  ///
  /// While a job is paused, nothing becomes idle and no window closes: time in which nothing comes counts only while the job runs.
  public func pause() async { await job.pause() }

  /// Lets a paused job go on.
  public func resume() async { await job.resume() }

  /// Whether the job is paused, or about to be.
  public var isPaused: Bool { get async { await job.isPaused } }

  /// How a query stands after its last epoch; `nil` if there is none of that name.
  ///
  /// - Complexity: as `Job.inspect`. It waits until the job's actor is free, which is between two steps of an epoch.
  public func inspect(_ query: String) async -> QueryInspection? {
    guard var inspection = await job.inspect(query) else { return nil }
    let writer = JSONWriter(zone: zone)
    for index in inspection.late.indices {
      var bytes: [UInt8] = []
      writer.append(inspection.late[index].row, to: &bytes)
      inspection.late[index].json = String(decoding: bytes.dropLast(), as: UTF8.self)
    }
    return inspection
  }

  /// Whether the state in the checkpoint has been restored, and the epochs recorded since run again.
  public var isRecovered: Bool { get async { await job.isRecovered } }

  /// The last epoch that ran.
  public var lastEpoch: Epoch { get async { await job.lastEpoch } }

  /// What became of all rows since the checkpoint began, by query.
  public var totals: [(query: String, ledger: RowLedger)] { get async { await job.totals } }
}

extension Source {
  fileprivate var pushStreams: [PushStream] {
    if let backfill = self as? BackfillSource { return backfill.live.pushStreams }
    return (self as? PushStream).map { [$0] } ?? []
  }
}
