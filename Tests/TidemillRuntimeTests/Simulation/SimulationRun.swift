import FileConnector
import Tidemill
import TidemillConnectors
import TidemillFiles
import TidemillFormats
import TidemillStorage
import TidemillTesting

/// A part that breaks its promise, so that it can be seen that the checks would catch it.
enum Flaw: CaseIterable {
  case logThatForgetsToSync
  case diskThatForgets
  case sinkWithoutSync
  case sinkThatWritesInPlace
  case sinkThatTakesEpochsTwice
  case tableCopyOfAnotherTime
}

/// Runs a case through crashes and restarts until its end, then again without any, and compares what a stranger sees.
final class SimulationRun {
  let simulation: SimulationCase
  let disk: SimulationDisk
  private let flaw: Flaw?
  private let clock: ManualClock
  private let history = SimulationHistory()
  private let inputs: [SimulatedInput]
  private let histories: [SimulatedInput?]
  private let names = MemoryTable("names", schema: SimulationCase.names.schema)
  /// A table that nobody joins and that never changes: while it is looked at, the other one may have changed already.
  private let besides = MemoryTable("besides", schema: SimulationCase.names.schema)
  private var random: SeededRandom
  private(set) var complaints: [String] = []
  /// What was seen after crashes, with the crash that it was seen after.
  private var views: [(epoch: UInt64, files: [String: [String]], after: String)] = []
  private var unjudgedViews: [(files: [String: [String]], after: String)] = []
  private(set) var crashes = 0
  private(set) var faults = 0
  private(set) var restarts = 0
  /// Decides where the next life is struck; by default by the seed.
  var nextStrike: ((Int) -> (SimulationDisk.Blow, Int)?)?
  /// Whether every epoch waits for the snapshot that it began, so that nothing depends on threads.
  var waitsForSnapshots: Bool
  /// Whether epochs overlap as they do in `run`; what a strike hits then depends on threads, and nothing else may.
  var overlaps: Bool
  /// Decides what happens after the first strike, where all before it shall always be the same.
  var seedAfterStrike: UInt64?

  init(_ simulation: SimulationCase, flaw: Flaw? = nil) {
    self.simulation = simulation
    self.flaw = flaw
    random = SeededRandom(seed: simulation.seed ^ 0x5EED)
    disk = SimulationDisk(losesSectors: random.once(in: 3))
    waitsForSnapshots = !random.once(in: 4)
    overlaps = random.once(in: 2)
    clock = ManualClock(simulation.start)
    histories = simulation.streams.enumerated().map { index, stream in
      guard let history = stream.history else { return nil }
      let input = SimulatedInput(
        "history of \(stream.definition.name)", schema: stream.definition.schema, eventTime: "ts",
        seed: simulation.seed &+ 100 &+ UInt64(index))
      input.arrive(history.rows)
      return input
    }
    inputs = simulation.streams.enumerated().map { index, stream in
      SimulatedInput(
        stream.definition.name, schema: stream.definition.schema, eventTime: "ts", partitions: stream.partitions,
        seed: simulation.seed &+ UInt64(index))
    }
  }

  private var tables: [TableInput] {
    if !simulation.joinsNames { return [] }
    return [names, besides].map {
      TableInput(name: $0.name, source: $0, schema: $0.schema, refresh: TimeSpan(microseconds: 1))
    }
  }

  /// The input, behind its history if it has one.
  private func source(_ index: Int) -> any Source {
    guard let history = histories[index] else { return inputs[index].source() }
    return BackfillSource(
      history: history.source(), live: inputs[index].source(), isOrdered: simulation.streams[index].history!.isOrdered)
  }

  // MARK: The job

  private var directories: [String] {
    simulation.streams.flatMap { stream in
      stream.queries.flatMap { $0.outputs.map(\.name) } + (stream.keepsLate ? ["\(stream.definition.name)_late"] : [])
        + (stream.keepsRejected ? ["\(stream.definition.name)_rejected"] : [])
    }
  }

  /// - Parameter unheld: makes a second sink for each output that does not get its changes each epoch, one that does.
  private func streams(unheld: ((String) -> any Sink)? = nil, _ sink: (String) -> any Sink) -> [StreamInput] {
    simulation.streams.enumerated().map { index, stream in
      let name = stream.definition.name
      return StreamInput(
        name: name, source: source(index), schema: stream.definition.schema,
        queries: stream.queries.map { query in
          let outputs = query.outputs.map {
            QueryOutput(name: $0.name, mode: $0.mode, every: $0.every, sink: sink($0.name))
          }
          let second = query.outputs.filter { $0.every != nil }.compactMap { output in
            unheld.map { QueryOutput(name: "\(output.name) unheld", mode: output.mode, sink: $0(output.name)) }
          }
          return QueryDefinition(name: query.name, plan: query.plan, outputs: outputs + second)
        },
        lateSink: stream.keepsLate ? sink("\(name)_late") : nil,
        rejectedSink: stream.keepsRejected ? sink("\(name)_rejected") : nil)
    }
  }

  private func options(_ trigger: Trigger) -> JobOptions {
    var options = JobOptions()
    options.trigger = trigger
    options.lanes = random.number(1...3)
    options.epochByteLimit = SimulatedInput.rowBytes * [2, 7, 20, 60][random.number(0...3)]
    options.snapshotByteInterval = SimulatedInput.rowBytes * [5, 20, 80][random.number(0...2)]
    return options
  }

  private func sink(_ directory: String) -> any Sink {
    let files: any FileSystem = flaw == .diskThatForgets ? ForgetfulFileSystem(disk: disk.files) : disk.files
    switch flaw {
    case .sinkThatWritesInPlace: return SinkInPlace(directory: directory, files: files)
    case .sinkThatTakesEpochsTwice: return SinkWithoutMemory(directory: directory, files: files)
    default:
      return FileSink(
        directory: directory, writer: JSONWriter(zone: .utc), fileExtension: "json", files: files,
        options: FileSink.Options(syncs: flaw != .sinkWithoutSync, rowsAtATime: random.number(1...40)))
    }
  }

  private func checkpoint(_ identity: String) throws -> RecordingCheckpoint {
    let files: any FileSystem = flaw == .diskThatForgets ? ForgetfulFileSystem(disk: disk.files) : disk.files
    let checkpoint = try Checkpoint.open("checkpoint", identity: identity, fileSystem: files)
    switch flaw {
    case .logThatForgetsToSync: return RecordingCheckpoint(ForgetfulCheckpoint(base: checkpoint), history)
    case .tableCopyOfAnotherTime: return RecordingCheckpoint(ConfusedCheckpoint(base: checkpoint), history)
    default: return RecordingCheckpoint(checkpoint, history)
    }
  }

  // MARK: Lives

  /// Runs to the end.
  ///
  /// - Returns: what is wrong; empty when all is well.
  func run() async -> [String] {
    var totals: [RowLedger] = []
    for part in simulation.goesOnAfterEnd ? [simulation.actions, simulation.actionsAfterEnd] : [simulation.actions] {
      guard let last = await live(part) else { return complaints }
      totals = last
    }
    complaints += history.complaints
    do {
      try await compare(totals)
    } catch {
      complaints.append("the run without crashes fails: \(error)")
    }
    return complaints
  }

  /// Lives until all actions are done and the job has ended by itself.
  private func live(_ actions: [SimulationCase.Action]) async -> [RowLedger]? {
    var next = 0
    for life in 0..<60 {
      if let (blow, count) = nextStrike.map({ $0(life) }) ?? randomStrike(life) {
        disk.strike(blow, after: count)
      } else {
        disk.strike(.kill, after: nil)
      }
      var opened: RecordingCheckpoint?
      do {
        if let totals = try await liveOnce(actions, &next, &opened) { return totals }
        restarts += 1
        await endLife(opened, "a restart")
      } catch let crash as SimulatedCrash {
        crashes += 1
        await endLife(opened, "\(crash)")
      } catch {
        guard disk.hasStruck || failsToRead else {
          complaints.append("life \(life) fails: \(error)")
          return nil
        }
        failsToRead = false
        faults += 1
        await endLife(opened, "\(error)")
      }
      if !complaints.isEmpty { return nil }
    }
    complaints.append("the job never ended")
    return nil
  }

  private var failsToRead = false

  private func randomStrike(_ life: Int) -> (SimulationDisk.Blow, Int)? {
    guard life < 8, !random.once(in: 5) else { return nil }
    let count = random.once(in: 2) ? random.number(1...40) : random.number(1...300)
    switch random.number(0...9) {
    case 0: return (.fail(.diskFull), count)
    case 1: return (.fail(.broken), count)
    default: return (.kill, count)
    }
  }

  /// - Returns: the ledgers once the job has ended by itself; `nil` when it was stopped before.
  private func liveOnce(
    _ actions: [SimulationCase.Action], _ next: inout Int, _ opened: inout RecordingCheckpoint?
  ) async throws -> [RowLedger]? {
    let isLast = next == actions.count
    let streams = streams { sink($0) }
    let checkpoint = try checkpoint(Job.identity(of: streams.flatMap(\.queries)))
    opened = checkpoint
    let driver = try JobDriver(
      streams, tables: tables, checkpoint: checkpoint, options: options(isLast ? .once : .asap), clock: clock)
    try await driver.job.open()
    judgeViews()
    if isLast {
      while !overlaps, try await driver.job.step() { if waitsForSnapshots { await checkpoint.waitForSnapshots() } }
      try await driver.job.run()
      return await driver.job.totals.map(\.ledger)
    }
    var actionsLeft = random.number(1...20)
    if random.once(in: 8) {
      failsToRead = true
      inputs[0].fail(next: 1)
    }
    while next < actions.count, actionsLeft > 0 {
      try await perform(actions[next], driver.job)
      if waitsForSnapshots { await checkpoint.waitForSnapshots() }
      next += 1
      actionsLeft -= 1
    }
    if random.once(in: 2) { try await driver.stop() }
    return nil
  }

  private func perform(_ action: SimulationCase.Action, _ job: Job) async throws {
    switch action {
    case .arrive(let stream, let partition, let rows): inputs[stream].arrive(rows, partition: partition)
    case .change(let rows): names.replace(rows)
    case .advance(let span): clock.advance(by: span)
    case .step: if overlaps { try await job.catchUp() } else { _ = try await job.step() }
    }
  }

  /// Lets what the dead process still had running end, looks at what is there, and lets the power go now and then.
  private func endLife(_ checkpoint: RecordingCheckpoint?, _ reason: String) async {
    if disk.hasStruck, let seed = seedAfterStrike {
      random = SeededRandom(seed: seed)
      seedAfterStrike = nil
    }
    inputs[0].fail(next: 0)
    failsToRead = false
    if !disk.hasStruck { disk.strike(.kill, after: 1) }
    await checkpoint?.waitForSnapshots()
    disk.strike(.kill, after: nil)
    disk.files.restart()
    look("\(reason), live")
    if random.once(in: 2) {
      disk.files.crash(seed: random.next())
      look("\(reason), without power")
    }
    if random.once(in: 4) { clock.advance(by: .seconds(Int64(random.number(1...400)))) }
  }

  private func look(_ reason: String) {
    do {
      unjudgedViews.append((try disk.visible(directories), reason))
    } catch {
      complaints.append("the results cannot be read after \(reason): \(error)")
    }
  }

  /// What was visible must have been durable: now the log tells how far it was.
  private func judgeViews() {
    for view in unjudgedViews { views.append((history.lastRecovered, view.files, view.after)) }
    unjudgedViews = []
  }

  // MARK: Judging

  private func compare(_ totals: [RowLedger]) async throws {
    for input in inputs + histories.compactMap({ $0 }) { input.takeBackReleases() }
    let reference = SimulatedFileSystem()
    var sinks: [String: ReferenceSink] = [:]
    var unheld: [String: MemorySink] = [:]
    let streams = streams(unheld: { name in
      let sink = MemorySink()
      unheld[name] = sink
      return sink
    }) { name in
      let sink = ReferenceSink(directory: name, files: reference)
      sinks[name] = sink
      return sink
    }
    let job = try Job(streams, tables: tables, checkpoint: RecordedRun(history), clock: clock)
    try await job.open()
    let expectedTotals = await job.totals.map(\.ledger)
    if totals != expectedTotals { complaints.append("ledgers are \(totals), expected \(expectedTotals)") }
    let inputOfQuery = simulation.streams.enumerated().flatMap { index, stream in
      stream.queries.map { _ in inputs[index].count + (histories[index]?.count ?? 0) }
    }
    if totals.map(\.rowsIn) != inputOfQuery {
      complaints.append("rows in are \(totals.map(\.rowsIn)), and \(inputOfQuery) rows arrived")
    }
    for (name, sink) in unheld where Self.bag(sink.table) != Self.bag(sinks[name]!.results.table) {
      complaints.append("\(name), which did not get its changes each epoch, ends with another result than one that did")
    }
    let states = sinks.mapValues(\.states)
    judge(try disk.visible(directories), through: .max, after: "the end", states, isWhole: true)
    for view in views { judge(view.files, through: view.epoch, after: view.after, states, isWhole: false) }
  }

  /// - Parameter isWhole: whether the files must be all there are.
  private func judge(
    _ files: [String: [String]], through epoch: UInt64, after reason: String, _ states: [String: [ReferenceSink.State]],
    isWhole: Bool
  ) {
    func complain(_ what: String) {
      if complaints.count < 5 { complaints.append("after \(reason) (durable to \(epoch)): \(what)") }
    }
    for (directory, states) in states {
      let mine = files.filter { Paths.parent(of: $0.key) == directory }
      let names = Set(mine.keys)
      if isWhole {
        let last = states.last?.files ?? [:]
        for name in names.union(last.keys) where mine[name] != last[name] {
          complain("\(name) is \(Self.shown(mine[name])), expected \(Self.shown(last[name]))")
        }
        continue
      }
      // Part files stay as they are; the one file of complete mode was that of some epoch.
      for (name, lines) in mine where !states.contains(where: { $0.epoch <= epoch && $0.files[name] == lines }) {
        let later = states.first { $0.files[name] == lines }
        complain("\(name) is \(Self.shown(lines))" + (later.map { ", which is of epoch \($0.epoch)" } ?? ""))
      }
    }
  }

  private static func bag(_ rows: [[Value]]) -> [String] { rows.map { "\($0.map(\.description))" }.sorted() }

  private static func shown(_ lines: [String]?) -> String {
    guard let lines else { return "not there" }
    return "\(lines.count) lines" + lines.prefix(3).map { "\n    \($0)" }.joined()
  }
}
