import TidemillColumns
import TidemillConnectors
import TidemillEngine
import TidemillStorage

extension Job {
  /// Restores the state from the checkpoint and runs the recorded epochs again. Called by `run`, or once before `step`.
  ///
  /// - Throws: `TidemillError` with code `checkpoint` when the state cannot be restored; what a source or sink throws. The
  ///   job cannot be used afterwards.
  public func open() async throws {
    if let failure { throw failure }
    guard !isOpen else { return }
    isOpen = true
    do { try await recover() } catch {
      failure = Self.translated(error)
      throw failure!
    }
    isRecovered = true
  }

  private func recover() async throws {
    let recovery = try translatingStorageErrors { try checkpoint.recover() }
    try beginTables(recovery)
    if recovery.snapshotEpoch > 0 { try restore(recovery) }
    committedThrough = recovery.snapshotEpoch
    for record in recovery.records {
      let kind = EpochInputs.RecordKind(rawValue: record.kind)
      guard kind == .committed || kind == .committedBefore, let commit = try? CommitRecord(record) else { continue }
      committedThrough = max(committedThrough, commit.epoch.number)
      if kind == .committed { recordedChecksums[commit.epoch.number] = commit.checksums }
    }
    let lastEpoch = Epoch(recovery.lastEpoch)
    for stream in streams {
      for query in stream.queries {
        for output in query.definition.outputs {
          try await output.sink.open(
            ResultShape(
              schema: query.definition.plan.resultSchema, key: query.definition.plan.resultKey, mode: output.mode,
              zone: options.zone, queryName: output.name), lastEpoch: lastEpoch)
        }
      }
      try await stream.input.lateSink?.open(
        ResultShape(
          schema: KeptRows.lateSchema(stream.input.schema), key: nil, mode: .append, zone: options.zone,
          queryName: "\(stream.input.name)_late"), lastEpoch: lastEpoch)
      try await stream.input.rejectedSink?.open(
        ResultShape(
          schema: KeptRows.rejectedSchema, key: nil, mode: .append, zone: options.zone,
          queryName: "\(stream.input.name)_rejected"), lastEpoch: lastEpoch)
    }
    defer { recordedChecksums = [:] }
    for record in recovery.records where record.kind == EpochInputs.RecordKind.inputs.rawValue {
      let inputs: EpochInputs
      do { inputs = try EpochInputs(record) } catch let problem as CorruptBytes {
        throw TidemillError(
          .checkpoint, "the log record of epoch \(record.epoch) cannot be read: \(problem)",
          hint: "it was written by another version of tidemill; finish the job with that one, or start a new checkpoint")
      }
      guard inputs.streams.count == streams.count else {
        throw TidemillError(.checkpoint, "epoch \(record.epoch) was recorded with \(inputs.streams.count) streams")
      }
      try await run(inputs, isReplay: true)
    }
    try await openTables()
    // Counting begins anew: neither the recorded epochs' clocks nor the downtime say how long a partition has been empty.
    for index in streams.indices {
      streams[index].idle = IdleTracker(timeout: streams[index].idle.timeout)
      streams[index].idle.observe([], partitionCount: streams[index].input.source.partitionCount, at: runningTime)
    }
  }

  private func restore(_ recovery: Recovery) throws {
    do {
      guard let job = recovery.sections["job"] else { throw CorruptBytes("a snapshot without its job section") }
      var reader = ByteReader(job)
      id = try reader.readString()
      for index in streams.indices {
        streams[index].position = SourcePosition(try reader.readRaw())
        for query in streams[index].queries.indices {
          streams[index].queries[query].total = try RowLedger(reading: &reader)
          streams[index].queries[query].nextClose = try reader.readTime()
          streams[index].queries[query].highest = try reader.readTime()
          guard let state = recovery.sections["query \(index).\(query)"] else {
            throw CorruptBytes("a snapshot without query \(query) of stream \(index)")
          }
          try streams[index].queries[query].pipeline.restore(state)
          streams[index].queries[query].noteHeld()
          streams[index].queries[query].noteTimes()
        }
      }
      if !reader.isAtEnd {
        for _ in 0..<(try reader.readVarint()) {
          let output = try OutputName(reading: &reader)
          try restore(output, lastGiven: EventTime(microseconds: try reader.read()))
        }
      }
      try restorePartitions(&reader)
      epoch = Epoch(recovery.snapshotEpoch)
      positionsAtSnapshots = [(recovery.snapshotEpoch, streams.map(\.position))]
    } catch let problem as CorruptBytes {
      throw TidemillError(
        .checkpoint, "the snapshot of epoch \(recovery.snapshotEpoch) cannot be used: \(problem)",
        hint: "it was written by another version of tidemill; finish the job with that one, or start a new checkpoint")
    }
  }

  /// The snapshot's `job` section: what is kept besides the queries' state.
  func snapshotOfJob() -> [UInt8] {
    var job = ByteWriter()
    job.write(string: id)
    for stream in streams {
      job.write(raw: stream.position.bytes)
      for query in stream.queries {
        query.total.write(to: &job)
        job.write(query.nextClose)
        job.write(query.highest)
      }
    }
    let times = outputTimes
    let hasPartitions = streams.contains { $0.queries.contains { $0.totals.keys.contains { $0 > 0 } } }
    if times.isEmpty && !hasPartitions { return job.bytes }
    job.write(varint: times.count)
    for (output, lastGiven) in times {
      output.write(to: &job)
      job.write(lastGiven.microseconds)
    }
    guard hasPartitions else { return job.bytes }
    for query in streams.flatMap(\.queries) {
      job.write(varint: query.totals.count)
      for (partition, total) in query.totals.sorted(by: { $0.key < $1.key }) {
        job.write(varint: partition)
        total.write(to: &job)
      }
    }
    return job.bytes
  }

  /// Reads what became of the rows of each partition; without it there is but one partition.
  private func restorePartitions(_ reader: inout ByteReader) throws {
    let isKept = !reader.isAtEnd
    for index in streams.indices {
      for query in streams[index].queries.indices {
        guard isKept else {
          streams[index].queries[query].totals = [0: streams[index].queries[query].total]
          continue
        }
        for _ in 0..<(try reader.readVarint()) {
          let partition = try reader.readVarint()
          streams[index].queries[query].totals[partition] = try RowLedger(reading: &reader)
        }
      }
    }
  }
}

extension ByteWriter {
  fileprivate mutating func write(_ time: EventTime?) {
    write(bool: time != nil)
    if let time { write(time.microseconds) }
  }
}

extension ByteReader {
  fileprivate mutating func readTime() throws -> EventTime? {
    try readBool() ? EventTime(microseconds: try read()) : nil
  }
}
