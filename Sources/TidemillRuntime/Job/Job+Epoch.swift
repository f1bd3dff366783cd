import TidemillColumns
import TidemillConnectors
import TidemillEngine

/// What the sources had for an epoch when they were asked.
struct ChosenInput {
  var clock: EventTime
  /// The same by the steady clock.
  var steady: EventTime
  /// By stream; `nil` where there was nothing.
  var slices: [SourceSlice?]
  var partitionCounts: [Int]
  /// By stream, whether it is of a history in no order, and which partitions have ended.
  var histories: [Bool] = []
  var finished: [Set<Int>] = []
  /// Whether nothing more was there.
  var reachesEnd: Bool
  /// How long asking took.
  var latestOffset: Duration
  /// The static tables as they were then.
  var joined = JoinedTables.none
  /// Set when the lanes have begun.
  var reading: EpochReading?

  var isEmpty: Bool { slices.allSatisfy { $0 == nil } }
}

/// An epoch on its way to the sinks.
struct PendingCommit {
  let epoch: Epoch
  let resultBytes: Int
  let task: Task<Void, any Error>
}

extension Job {
  // MARK: Its input

  /// Asks the sources what there is after `positions`.
  func choose(after positions: [SourcePosition]) async throws -> ChosenInput {
    let started = ContinuousClock.now
    var chosen = ChosenInput(
      clock: clock.now(), steady: runningTime, slices: [], partitionCounts: [], reachesEnd: true, latestOffset: .zero)
    for (stream, position) in zip(streams, positions) {
      let source = stream.input.source
      let slice = try await source.nextSlice(
        after: position, byteLimit: options.epochByteLimit, isFinal: options.trigger == .once || source.hasEnded)
      chosen.slices.append(slice)
      chosen.partitionCounts.append(source.partitionCount)
      chosen.histories.append(source.isReadingHistory)
      chosen.finished.append(source.finishedPartitions)
    }
    for (stream, slice) in zip(streams, chosen.slices) {
      chosen.reachesEnd = chosen.reachesEnd && (slice?.reachesEnd ?? true) && stream.input.source.hasSeenAll
    }
    // After the sources: what was sent when a table had changed finds it changed.
    if !chosen.isEmpty { try await refreshTables(at: chosen.steady) }
    chosen.joined = joined
    chosen.latestOffset = ContinuousClock.now - started
    return chosen
  }

  /// What an epoch over chosen input depends on; `nil` when there is nothing to do. The epoch before must be in the state.
  func inputs(from chosen: ChosenInput) -> EpochInputs? {
    let now = chosen.steady
    var parts: [EpochInputs.Stream] = []
    for (index, slice) in chosen.slices.enumerated() {
      let partitions = chosen.partitionCounts[index]
      if slice == nil {
        let unsettled = streams[index].input.source.unsettledPartitions
        streams[index].idle.observe(unsettled, partitionCount: partitions, at: now)
      }
      parts.append(
        EpochInputs.Stream(
          slice: slice, idle: streams[index].idle.idle(at: now, finished: chosen.finished[index]),
          partitionCount: partitions, isHistory: chosen.histories[index],
          finished: chosen.finished[index].count))
    }
    let isFinal = options.trigger == .once && chosen.reachesEnd
    if chosen.isEmpty && !isFinal {
      guard let wait = timeToEpochWithoutInput(at: chosen.clock, steady: now), wait <= .zero else { return nil }
    }
    return EpochInputs(
      epoch: epoch.next, clock: chosen.clock, streams: parts, isFinal: isFinal,
      held: isFinal ? [] : heldOutputs(at: chosen.clock), tables: chosen.joined.numbers)
  }

  /// Lets the lanes begin to read; nothing is in order before `Lanes.open`.
  private func startReading(
    _ slices: [SourceSlice?], _ joined: JoinedTables, at time: EventTime
  ) throws -> EpochReading {
    let budget = memoryBudget
    let held = stateBytes + resultBytesWaiting
    let reading = EpochReading(
      try zip(zip(streams, slices), joined.sides).map { input, sides in
        let (stream, slice) = input
        return EpochReading.Stream(
          tasks: try slice.map { try stream.input.source.tasks(for: $0) } ?? [], queries: stream.queries.map(\.lane),
          sides: sides)
      },
      latest: options.futureLimit.map { time + $0 } ?? .distantFuture, lanes: lanes.count
    ) { gathered in try budget.check(held + gathered) }
    lanes.start(reading)
    return reading
  }

  /// Lets the lanes go on with what is behind an epoch whose input they are reading.
  private func lookAhead(of inputs: EpochInputs) async {
    let positions = zip(streams, inputs.streams).map { $1.slice?.end ?? $0.position }
    // What goes wrong here goes wrong again when it is the epoch's turn, and then it counts.
    guard !isPaused, var chosen = try? await choose(after: positions), !chosen.isEmpty, !isStopping else { return }
    guard let reading = try? startReading(chosen.slices, chosen.joined, at: chosen.clock) else { return }
    chosen.reading = reading
    ahead = chosen
  }

  /// Forgets what the lanes have read ahead.
  func dropAhead() async {
    guard let reading = ahead?.reading else { return }
    ahead = nil
    lanes.cancel(reading, CancellationError())
    _ = try? await lanes.finish(reading)
  }

  // MARK: Computing it

  /// Runs one epoch and begins to commit it.
  ///
  /// A job in which this failed cannot go on: rows may be in its state that its position does not count.
  ///
  /// - Parameter isOverlapping: whether the lanes may begin with the epoch behind it.
  func run(
    _ inputs: EpochInputs, of chosen: ChosenInput? = nil, isReplay: Bool = false, isOverlapping: Bool = false
  ) async throws {
    var record: Ticket?
    do {
      let started = ContinuousClock.now
      if !isReplay { record = log.log(inputs) }
      if isReplay { try await useTables(inputs.tables, of: inputs.epoch) }
      noteTables(inputs)
      let reading =
        try chosen?.reading ?? startReading(inputs.streams.map(\.slice), chosen?.joined ?? joined, at: inputs.clock)
      let parts = try await compute(
        inputs, reading, isOverlapping: isOverlapping && chosen?.reachesEnd == false && !inputs.isFinal)
      if isReplay { try checkUnchanged(parts, inputs.epoch) }
      finish(parts, inputs, at: chosen?.steady ?? runningTime)
      let commit = EpochCommit(
        epoch: inputs.epoch, streams: streams.map(\.input), parts: parts, record: record, log: log)
      if isReplay {
        if inputs.epoch.number > committedThrough { _ = try await commit.run() }
        return
      }
      // The one before was not committed: nobody will see this one.
      if let failure { throw failure }
      let computed = ContinuousClock.now
      begin(
        commit,
        EpochReport(
          started: started, computed: computed, latestOffset: chosen?.latestOffset ?? .zero,
          records: onProgress == nil ? [] : progress(of: parts, inputs)))
    } catch {
      failure = failure ?? Self.translated(error)
      await dropAhead()
      // The record must be settled before anyone looks at the checkpoint again.
      _ = try? await record?.value()
      throw failure!
    }
  }

  static func translated(_ error: any Error) -> any Error {
    do { return try translatingStorageErrors { throw error } } catch { return error }
  }

  private func compute(
    _ inputs: EpochInputs, _ reading: EpochReading, isOverlapping: Bool
  ) async throws -> [EpochOfStream] {
    self.reading = reading
    defer { self.reading = nil }
    if streams.contains(where: { $0.queries.contains { $0.pipeline.keepsStateInOrder } }) { try await stateInUse?.value() }
    for (stream, part) in zip(streams, inputs.streams) {
      for query in stream.queries {
        query.pipeline.expect(partitions: part.partitionCount, ofHistory: part.isHistory, finished: part.finished)
      }
    }
    // A commit may have failed while nothing was read.
    if let failure { lanes.cancel(reading, failure) }
    lanes.open(reading)
    if isOverlapping { await lookAhead(of: inputs) }
    let readings = try await lanes.finish(reading)
    try await stateInUse?.value()
    // Two large results at once would be the most that the job ever holds.
    if resultBytesWaiting > Self.resultLimit { try await waitForCommits() }
    var parts: [EpochOfStream] = []
    for (index, reading) in readings.enumerated() {
      // Who was idle when the slice was taken and has rows in it is idle no more.
      let idle = inputs.streams[index].idle.filter { reading.rowCount[$0.key, default: 0] == 0 }
      let outputs = try streams[index].queries.enumerated().map { number, query in
        let end = EpochEnd(idle: idle, isFinal: inputs.isFinal, held: inputs.held(stream: index, query: number))
        do { return try query.pipeline.finishEpoch(end) } catch var error as TidemillError {
          error.message = "query \(query.definition.name): \(error.message)"
          throw error
        }
      }
      parts.append(EpochOfStream(reading: reading, outputs: outputs))
    }
    for part in parts { try checkLedger(part, inputs.epoch) }
    return parts
  }

  /// - Throws: when rows are unaccounted for, before anyone sees the epoch's results.
  private func checkLedger(_ part: EpochOfStream, _ epoch: Epoch) throws {
    for output in part.outputs {
      for partition in Set(part.reading.rowCount.keys).union(output.ledger.keys) {
        let ledger = RowLedger(
          output.ledger[partition] ?? Ledger(), rejected: part.reading.rejectedCount[partition] ?? 0)
        guard ledger.isBalanced, ledger.rowsIn == part.reading.rowCount[partition] ?? 0 else {
          throw TidemillError(
            .io, "the rows of epoch \(epoch) do not add up: \(ledger)",
            hint: "the source has miscounted, or this is a bug in tidemill: please report it")
        }
      }
    }
  }

  /// - Throws: when a file that a recorded epoch read holds other bytes than it did then.
  private func checkUnchanged(_ parts: [EpochOfStream], _ epoch: Epoch) throws {
    guard let then = recordedChecksums[epoch.number] else { return }
    let changed = zip(then, parts).flatMap { then, now in
      then.filter { now.reading.checksums[$0.key] != $0.value }.keys.sorted()
    }
    guard !changed.isEmpty else { return }
    throw TidemillError(
      .badInput, "what epoch \(epoch) read of \(changed.joined(separator: ", ")) has changed since",
      hint: "put the files back as they were, or start with a new checkpoint")
  }

  /// Takes note of an epoch that is in the state.
  ///
  /// - Parameter now: when its input was chosen, by the steady clock.
  private func finish(_ parts: [EpochOfStream], _ inputs: EpochInputs, at now: EventTime) {
    epoch = inputs.epoch
    stateBytes = parts.reduce(joined.memoryUsed) { $0 + $1.outputs.reduce(0) { $0 + $1.memoryUsed } }
    for (index, part) in parts.enumerated() {
      bytesSinceSnapshot += part.reading.byteCount
      if let slice = inputs.streams[index].slice { streams[index].position = slice.end }
      streams[index].isHistory = inputs.streams[index].isHistory
      streams[index].finished = inputs.streams[index].finished
      for number in streams[index].queries.indices {
        let output = part.outputs[number]
        for partition in Set(part.reading.rowCount.keys).union(output.ledger.keys) {
          let ledger = RowLedger(
            output.ledger[partition] ?? Ledger(), rejected: part.reading.rejectedCount[partition] ?? 0)
          streams[index].queries[number].total += ledger
          streams[index].queries[number].totals[partition, default: RowLedger()] += ledger
        }
        streams[index].queries[number].stateBytes = output.memoryUsed
        streams[index].queries[number].noteTimes()
        streams[index].queries[number].samples.note(output.lateSamples, of: inputs.epoch)
        streams[index].queries[number].nextClose = output.operators.compactMap(\.nextClose).min()
        streams[index].queries[number].highest = output.highest.compactMap { $0 }.max()
        streams[index].queries[number].note(output.deliveries, clock: inputs.clock)
      }
      streams[index].rejectedSamples.note(part.reading.rejected, of: inputs.epoch)
      let withRows = Set(part.reading.rowCount.filter { $0.value > 0 }.keys)
      streams[index].idle.observe(
        withRows.union(streams[index].input.source.unsettledPartitions),
        partitionCount: inputs.streams[index].partitionCount, at: now)
    }
  }
}

extension Source {
  /// Whether what has been handed out is all there is, for now or for ever.
  var hasSeenAll: Bool { !isReadToItsEnd || hasEnded }
}
