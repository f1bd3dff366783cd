import TidemillColumns
import TidemillConnectors
import TidemillEngine

/// What an epoch gave for one stream.
struct EpochOfStream: Sendable {
  var reading: StreamReading
  var outputs: [EpochOutput]

  /// Bytes of results that wait for their sinks.
  var resultBytes: Int { outputs.reduce(0) { $0 + $1.resultBytes } }
}

/// What is left to do of an epoch that is computed. It needs nothing of the job's state, which may be at the next epoch by then.
struct EpochCommit: Sendable {
  /// When what was done.
  struct Times: Sendable {
    var began = ContinuousClock.now
    var durable = ContinuousClock.now
    var written = ContinuousClock.now
    /// What sinks say of their writes, by stream, query and output.
    var metrics: [[[[String: Int]]]] = []
  }

  let epoch: Epoch
  let streams: [StreamInput]
  let parts: [EpochOfStream]
  /// `nil` for an epoch that is run again.
  let record: Ticket?
  let log: LogThread

  /// Waits for the epoch's record, then writes its results to the sinks and a note to the log that they are there.
  func run() async throws -> Times {
    var times = Times()
    try await record?.value()
    times.durable = .now
    for (stream, part) in zip(streams, parts) { times.metrics.append(try await write(part, of: stream)) }
    try await log.note(CommitRecord(epoch, checksums: parts.map(\.reading.checksums))).value()
    times.written = .now
    return times
  }

  private func write(_ part: EpochOfStream, of stream: StreamInput) async throws -> [[[String: Int]]] {
    var metrics: [[[String: Int]]] = []
    for (query, output) in zip(stream.queries, part.outputs) {
      var ofQuery: [[String: Int]] = []
      for (target, delivery) in zip(query.outputs, output.deliveries) {
        var ofOutput: [String: Int] = [:]
        // What is held back comes with a later epoch.
        if let changes = delivery.changes {
          if let sink = target.sink as? any WatermarkedSink {
            try await sink.write(changes, epoch: epoch, watermark: output.watermark)
          } else {
            try await target.sink.write(changes, epoch: epoch)
          }
          ofOutput = (target.sink as? any MeasuredSink)?.metrics ?? [:]
        }
        ofQuery.append(ofOutput)
      }
      metrics.append(ofQuery)
    }
    if let sink = stream.lateSink {
      let late = zip(stream.queries, part.outputs).filter { $1.late.count > 0 }.map { query, output in
        KeptRows.late(output.late, query: query.name, schema: stream.schema)
      }
      try await sink.write(Batch.concatenating(late, schema: KeptRows.lateSchema(stream.schema)), epoch: epoch)
    }
    if let sink = stream.rejectedSink {
      try await sink.write(
        KeptRows.batch(of: part.reading.rejected) { stream.source.line(of: $0.origin, offset: $0.offset) }, epoch: epoch)
    }
    return metrics
  }
}
