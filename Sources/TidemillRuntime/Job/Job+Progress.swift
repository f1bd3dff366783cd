import TidemillColumns
import TidemillConnectors
import TidemillEngine

extension Job {
  /// The records of an epoch that was just computed, by stream and query; what is known only later is left out.
  func progress(of parts: [EpochOfStream], _ inputs: EpochInputs) -> [[QueryProgress]] {
    parts.enumerated().map { index, part in
      streams[index].queries.indices.map { progress(index, $0, part, inputs) }
    }
  }

  private func progress(_ index: Int, _ number: Int, _ part: EpochOfStream, _ inputs: EpochInputs) -> QueryProgress {
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
    // The clock of the epoch before.
    let sinceLast = Double(inputs.clock.microseconds &- lastEpochClock.microseconds) / 1e6
    return QueryProgress(
      id: id, runId: runId, name: query.definition.name, timestamp: inputs.clock, batchId: inputs.epoch,
      batchDuration: 0, numInputRows: rows,
      inputRowsPerSecond: lastEpochClock == .distantPast || sinceLast <= 0 ? 0 : Double(rows) / sinceLast,
      processedRowsPerSecond: 0, durationMs: QueryProgress.Durations(),
      watermark: output.watermark, maxEventTime: query.highest, stateOperators: output.operators,
      numRowsDroppedByWatermark: total.late, sourceDescription: stream.input.source.description,
      releasableInputs: [],
      sinks: zip(query.definition.outputs, zip(output.deliveries, query.rhythms)).map { target, now in
        QueryProgress.Output(
          description: target.sink.description, mode: target.mode, numOutputRows: now.0.changes?.count ?? 0,
          every: target.every, numHeldRows: now.1.heldRows, due: now.1.due(at: inputs.clock))
      }, ledger: total,
      totalLedger: query.total, partitions: partitions, snapshotsWritten: 0,
      openWindows: output.operators.map(\.openWindows).max() ?? 0, stateBytes: output.memoryUsed,
      firstRejection: nil)
  }

  /// Once a run: finding the line may mean to read the file up to it.
  func firstRejection(_ reading: StreamReading, of stream: RunningStream) -> QueryProgress.Rejection? {
    guard !hasShownRejection, let row = reading.rejected.first else { return nil }
    hasShownRejection = true
    return QueryProgress.Rejection(
      reason: row.reason, detail: row.detail, origin: row.origin,
      line: stream.input.source.line(of: row.origin, offset: row.offset))
  }
}
