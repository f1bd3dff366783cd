import Synchronization
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
  /// How it is served meanwhile; `nil`: it is not.
  var serving: Serving?

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
    if !options.quiet { start.onNotice = { face.note($0) } }
    start.onProgress = { progress in
      monitor.take(progress)
      progressFile?.write(progress)
      face.update()
    }
    let signals = StopSignals()
    defer { signals.end() }
    let query: StreamingQuery
    let ending: JobEnding
    do {
      if let serving {
        (query, ending) = try await serve(serving, plan, start, signals, in: session) { face.sink(for: $0) }
      } else {
        query = try session.start(plan, start) { face.sink(for: $0) }
        let query = query
        await signals.onRequest { await query.stop() }
        ending = try await query.awaitTermination()
      }
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

  /// Runs the queries behind a server.
  private func serve(
    _ serving: Serving, _ plan: ScriptPlan, _ start: StartOptions, _ signals: StopSignals, in session: Session,
    show: @escaping Session.ShowSink
  ) async throws -> (StreamingQuery, JobEnding) {
    #if Server
      let server = try serving.server(plan, start)
      var start = start
      start.onProgress = { [told = start.onProgress] progress in
        server.take(progress)
        told?(progress)
      }
      let started = Mutex<StreamingQuery?>(nil)
      let ending = try await server.serve(staysUp: serving.staysUp, file: file, text: text, signals) { [start] in
        let query = try session.start(plan, start, show: show)
        started.withLock { $0 = query }
        return query
      }
      guard let query = started.withLock({ $0 }) else { throw CancellationError() }
      return (query, ending)
    #else
      throw Serving.missing
    #endif
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
