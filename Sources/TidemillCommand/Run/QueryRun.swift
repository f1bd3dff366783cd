import Tidemill

/// One run of a script: plan it, start it, watch it, say how it went.
struct QueryRun {
  let text: String
  /// How the text is called in messages.
  let file: String
  let options: QueryOptions
  let usualTrigger: Trigger
  /// Only prints the streams that were learned.
  var showsSchema = false
  /// Whether shown results are printed once, at the end, if nobody says how.
  var prefersFinalTable = false

  private var trigger: Trigger { options.trigger(default: usualTrigger) }

  func run() async -> ExitStatus {
    do {
      let session = Session()
      let plan = try session.plan(text, planOptions)
      if showsSchema {
        for stream in plan.streams { try StandardOutput.shared.write(CreateStreamText.of(stream)) }
        return .success
      }
      if !options.quiet {
        for warning in plan.warnings { StandardError.write("warning: \(warning)\n") }
        if trigger == .availableNow, options.checkpoint == nil {
          StandardError.write("warning: without --checkpoint, what is still open when this run ends is lost\n")
        }
      }
      for explanation in plan.explanations {
        try StandardOutput.shared.write(explanation.hasSuffix("\n") ? explanation : explanation + "\n")
      }
      return plan.queries.isEmpty ? .success : try await run(plan, in: session)
    } catch {
      if !StandardOutput.shared.hasReader { return .success }
      let failure = TidemillFailure(error, script: text, file: file)
      StandardError.write(failure.text + "\n")
      return failure.status
    }
  }

  private var planOptions: PlanOptions {
    var plan = PlanOptions(
      outputMode: options.outputMode, closesAtEnd: trigger == .once, settings: options.settings.map { ($0.name, $0.value) })
    plan.prefersFinalResults = prefersFinalTable && trigger == .once
    return plan
  }

  private func run(_ plan: ScriptPlan, in session: Session) async throws -> ExitStatus {
    let progressFile = try options.progress.map { try ProgressFile($0) }
    let monitor = RunMonitor()
    let face = Face(
      plan: plan, options: options, collects: planOptions.prefersFinalResults && options.outputMode == nil,
      endsByItself: trigger == .once || trigger == .availableNow, monitor: monitor)
    var start = StartOptions()
    start.trigger = trigger
    start.checkpoint = options.checkpoint
    start.memoryBudget = options.memory?.bytes
    start.lanes = options.lanes
    start.onProgress = { progress in
      monitor.take(progress)
      progressFile?.write(progress)
      face.update()
    }
    if !options.quiet { start.onNotice = { face.note($0) } }
    let signals = StopSignals()
    defer { signals.end() }
    let query = try session.start(plan, start) { face.sink(for: $0) }
    await signals.onRequest { await query.stop() }
    let ending: JobEnding
    do {
      ending = try await query.awaitTermination()
    } catch {
      try? face.end(.failed)
      throw error
    }
    try face.end(ending == .finished ? .finished : .stopped)
    if ending == .stopped {
      StandardError.write(await StopNote.text(epoch: query.lastEpoch, checkpoint: options.checkpoint))
    }
    await report(query, monitor)
    return options.strict && monitor.hasLostRows ? .strict : .success
  }

  private func report(_ query: StreamingQuery, _ monitor: RunMonitor) async {
    if options.stats {
      StandardError.write(StatsReport.text(totals: await query.totals, monitor: monitor))
    }
    if !options.quiet, let note = monitor.lostRowsNote {
      StandardError.write("warning: \(note)\n")
    }
  }
}

enum StopNote {
  static func text(epoch: Epoch, checkpoint: String?) -> String {
    if let checkpoint {
      return "stopped after epoch \(epoch); the same command with --checkpoint \(checkpoint) goes on from there\n"
    }
    return "stopped after epoch \(epoch); without --checkpoint the next run begins anew\n"
  }
}
