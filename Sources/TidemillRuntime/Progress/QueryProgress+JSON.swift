import TidemillColumns

extension QueryProgress {
  /// One line of JSON with Spark's field names; what Spark does not have (`ledger`, `snapshots`) comes last.
  public var json: String {
    var text = "{"
    func string(_ value: String) -> String {
      var quoted = "\""
      for scalar in value.unicodeScalars {
        switch scalar {
        case "\"": quoted += "\\\""
        case "\\": quoted += "\\\\"
        case _ where scalar.value < 0x20:
          let digits = String(scalar.value, radix: 16)
          quoted += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
        default: quoted.unicodeScalars.append(scalar)
        }
      }
      return quoted + "\""
    }
    func rate(_ value: Double) -> String { value.isFinite ? String((value * 10).rounded() / 10) : "0.0" }
    func ledger(_ ledger: RowLedger) -> String {
      "{\"rowsIn\":\(ledger.rowsIn),\"rejected\":\(ledger.rejected),\"duplicate\":\(ledger.duplicate),"
        + "\"filtered\":\(ledger.filtered),\"late\":\(ledger.late),\"aggregated\":\(ledger.aggregated)}"
    }
    text += "\"id\":\(string(id)),\"runId\":\(string(runId)),\"name\":\(string(name)),"
    text += "\"timestamp\":\(string(timestamp.description)),\"batchId\":\(batchId),\"batchDuration\":\(batchDuration),"
    text += "\"numInputRows\":\(numInputRows),\"inputRowsPerSecond\":\(rate(inputRowsPerSecond)),"
    text += "\"processedRowsPerSecond\":\(rate(processedRowsPerSecond)),"
    text += "\"durationMs\":{\"triggerExecution\":\(durationMs.triggerExecution),"
    text += "\"latestOffset\":\(durationMs.latestOffset),\"addBatch\":\(durationMs.addBatch),"
    text += "\"walCommit\":\(durationMs.walCommit),\"commitOffsets\":\(durationMs.commitOffsets)},"
    var times: [String] = []
    if let maxEventTime { times.append("\"max\":\(string(maxEventTime.description))") }
    if let watermark { times.append("\"watermark\":\(string(watermark.description))") }
    if !times.isEmpty { text += "\"eventTime\":{\(times.joined(separator: ","))}," }
    let operators = stateOperators.map { step in
      "{\"operatorName\":\(string(step.name)),\"numRowsTotal\":\(step.rowsTotal),\"numRowsUpdated\":\(step.rowsUpdated),"
        + "\"numRowsRemoved\":\(step.rowsRemoved),\"memoryUsedBytes\":\(step.memoryUsed),"
        + "\"numRowsDroppedByWatermark\":\(numRowsDroppedByWatermark)}"
    }
    text += "\"stateOperators\":[\(operators.joined(separator: ","))],"
    text += "\"sources\":[{\"description\":\(string(sourceDescription)),\"numInputRows\":\(numInputRows),"
    text += "\"releasableInputs\":[\(releasableInputs.map(string).joined(separator: ","))]}],"
    func metrics(_ metrics: [String: Int]) -> String {
      if metrics.isEmpty { return "" }
      let pairs = metrics.sorted { $0.key < $1.key }.map { "\(string($0.key)):\"\($0.value)\"" }
      return ",\"metrics\":{\(pairs.joined(separator: ","))}"
    }
    let ofOne = sinks.count == 1 ? metrics(sinks[0].metrics) : ""
    text += "\"sink\":{\"description\":\(string(sinkDescription)),\"numOutputRows\":\(numOutputRows)\(ofOne)},"
    if sinks.count > 1 || sinks.contains(where: { $0.every != nil }) {
      let each = sinks.map { sink in
        "{\"description\":\(string(sink.description)),\"outputMode\":\(string(sink.mode.rawValue)),"
          + "\"numOutputRows\":\(sink.numOutputRows)"
          + (sink.every.map { ",\"every\":\(string($0.description)),\"numHeldRows\":\(sink.numHeldRows)" } ?? "")
          + (sink.due.map { ",\"due\":\(string($0.description))" } ?? "") + metrics(sink.metrics) + "}"
      }
      text += "\"sinks\":[\(each.joined(separator: ","))],"
    }
    if !tables.isEmpty {
      let each = tables.map { table in
        "{\"name\":\(string(table.name)),\"description\":\(string(table.description)),"
          + "\"version\":\(string(table.version)),\"numRows\":\(table.numRows),"
          + "\"memoryUsedBytes\":\(table.memoryUsed),\"loads\":\(table.loads)"
          + (table.problem.map { ",\"problem\":\(string($0))" } ?? "") + "}"
      }
      text += "\"tables\":[\(each.joined(separator: ","))],"
    }
    text += "\"ledger\":\(ledger(self.ledger)),\"totalLedger\":\(ledger(totalLedger)),"
    let parts = partitions.sorted { $0.key < $1.key }.map { "\"\($0.key)\":\(ledger($0.value))" }
    text += "\"partitions\":{\(parts.joined(separator: ","))},"
    text += "\"openWindows\":\(openWindows),\"snapshots\":\(snapshotsWritten)}"
    return text
  }
}
