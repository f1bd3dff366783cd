import TidemillColumns
import TidemillConnectors
import TidemillEngine

extension Job {
  /// The record of one epoch of one query.
  func progress(
    _ index: Int, _ number: Int, _ part: EpochOfStream, _ inputs: EpochInputs, _ durations: QueryProgress.Durations,
    seconds: Double
  ) -> QueryProgress {
    let stream = streams[index]
    let query = stream.queries[number]
    let output = part.outputs[number]
    var partitions: [Int: RowLedger] = [:]
    var total = RowLedger()
    for partition in Set(part.reading.rowCount.keys).union(output.ledger.keys) {
      let ledger = RowLedger(
        output.ledger[partition] ?? Ledger(), rejected: part.reading.rejectedCount[partition] ?? 0)
      partitions[partition] = ledger
      total += ledger
    }
    let rows = part.reading.totalRows
    let sinceLast = Double(inputs.clock.microseconds &- previousClock.microseconds) / 1e6
    return QueryProgress(
      id: id, runId: runId, name: query.definition.name, timestamp: inputs.clock, batchId: inputs.epoch,
      batchDuration: durations.triggerExecution, numInputRows: rows,
      inputRowsPerSecond: previousClock == .distantPast || sinceLast <= 0 ? 0 : Double(rows) / sinceLast,
      processedRowsPerSecond: seconds > 0 ? Double(rows) / seconds : 0, durationMs: durations,
      watermark: output.watermark, maxEventTime: query.highest, stateOperators: output.operators,
      numRowsDroppedByWatermark: total.late, sourceDescription: stream.input.source.description,
      releasableInputs: stream.newlyReleasable, sinkDescription: query.definition.sink.description,
      numOutputRows: output.changes.count, ledger: total,
      totalLedger: query.total, partitions: partitions, snapshotsWritten: snapshotsWritten,
      openWindows: output.operators.map(\.openWindows).max() ?? 0, stateBytes: output.memoryUsed,
      firstRejection: number == 0 ? firstRejection(part.reading, of: stream) : nil)
  }

  /// Once a run: finding the line may mean to read the file up to it.
  private func firstRejection(_ reading: StreamReading, of stream: RunningStream) -> QueryProgress.Rejection? {
    guard !hasShownRejection, let row = reading.rejected.first else { return nil }
    hasShownRejection = true
    return QueryProgress.Rejection(
      reason: row.reason, detail: row.detail, origin: row.origin,
      line: stream.input.source.line(of: row.origin, offset: row.offset))
  }

  private var previousClock: EventTime { lastEpochClock }
}
