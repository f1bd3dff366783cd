import TidemillColumns
import TidemillConnectors

/// What is told of an epoch once it is committed.
struct EpochReport {
  var started: ContinuousClock.Instant
  var computed: ContinuousClock.Instant
  var latestOffset: Duration
  /// By stream and query, without durations; empty when nobody listens.
  var records: [[QueryProgress]]
}

extension Job {
  /// How many epochs may be computed and not yet committed when another begins.
  static let commitLimit = 1

  /// How many bytes of results may wait for their sinks when those of another epoch are made.
  static let resultLimit = 16 << 20

  /// Bytes of results on their way to the sinks.
  var resultBytesWaiting: Int { commits.reduce(0) { $0 + $1.resultBytes } }

  /// Commits an epoch behind those before it, while the job goes on.
  func begin(_ commit: EpochCommit, _ report: EpochReport) {
    let previous = commits.last?.task
    let task = Task {
      do {
        try await previous?.value
        committed(commit, report, try await commit.run())
      } catch {
        failed(commit.epoch, error)
        throw failure!
      }
    }
    commits.append(
      PendingCommit(
        epoch: commit.epoch, resultBytes: commit.parts.reduce(0) { $0 + $1.resultBytes }, task: task))
  }

  /// Waits until at most `count` epochs are on their way to the sinks.
  ///
  /// - Throws: what stopped the job.
  func waitForCommits(downTo count: Int = 0) async throws {
    while commits.count > count { _ = try? await commits[0].task.value }
    if let failure { throw failure }
  }

  private func failed(_ epoch: Epoch, _ error: any Error) {
    commits.removeAll { $0.epoch == epoch }
    guard failure == nil else { return }
    failure = Self.translated(error)
    // Nobody will see what comes behind it.
    if let reading { lanes.cancel(reading, failure!) }
    waiting?.cancel()
  }

  private func committed(_ commit: EpochCommit, _ report: EpochReport, _ times: EpochCommit.Times) {
    commits.removeAll { $0.epoch == commit.epoch }
    guard let onProgress, !report.records.isEmpty else { return }
    let seconds = (times.written - report.started).seconds
    var durations = QueryProgress.Durations()
    durations.triggerExecution = (times.written - report.started + report.latestOffset).milliseconds
    durations.latestOffset = report.latestOffset.milliseconds
    durations.addBatch = (report.computed - report.started).milliseconds
    durations.walCommit = (times.durable - times.began).milliseconds
    durations.commitOffsets = (times.written - times.durable).milliseconds
    for (index, records) in report.records.enumerated() {
      for (number, record) in records.enumerated() {
        var record = record
        record.durationMs = durations
        record.batchDuration = durations.triggerExecution
        record.processedRowsPerSecond = seconds > 0 ? Double(record.numInputRows) / seconds : 0
        record.releasableInputs = streams[index].newlyReleasable
        record.snapshotsWritten = snapshotsWritten
        for output in record.sinks.indices { record.sinks[output].metrics = times.metrics[index][number][output] }
        record.firstRejection = number == 0 ? firstRejection(commit.parts[index].reading, of: streams[index]) : nil
        onProgress(record)
      }
      streams[index].newlyReleasable = []
    }
  }
}
