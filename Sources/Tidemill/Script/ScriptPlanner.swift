import TidemillColumns
import TidemillPlan
import TidemillSQL

/// What the command line, or the program, says about a script from outside.
public struct PlanOptions: Sendable {
  /// Overrides the mode of every query.
  public var outputMode: OutputMode?
  /// Whether every window closes at the end of the input.
  public var closesAtEnd: Bool
  /// Settings that override those of the script.
  public var settings: [(name: String, value: String)]
  /// Whether bare SELECTs of which nobody says the mode give each result once, when it is final, where they can (append mode);
  /// otherwise they are in update mode.
  public var prefersFinalResults = false

  /// Leaves everything to the script, unless said otherwise.
  public init(outputMode: OutputMode? = nil, closesAtEnd: Bool = false, settings: [(name: String, value: String)] = []) {
    self.outputMode = outputMode
    self.closesAtEnd = closesAtEnd
    self.settings = settings
  }
}

/// Turns the statements of a script into queries ready to run. Reads nothing but samples of undeclared inputs.
struct ScriptPlanner {
  private let options: PlanOptions
  private var streams: [String: StreamDefinition]
  private var sinks: [String: SinkDefinition] = [:]
  private var result: ScriptPlan
  private var settings = JobSettings()

  init(_ options: PlanOptions, streams: [String: StreamDefinition]) {
    self.options = options
    self.streams = streams
    result = ScriptPlan(queries: [], sinks: [:], settings: settings, explanations: [], warnings: [])
  }

  static func plan(
    _ text: String, _ options: PlanOptions, streams: [String: StreamDefinition] = [:]
  ) throws -> ScriptPlan {
    var planner = ScriptPlanner(options, streams: streams)
    try planner.run(text)
    return planner.result
  }

  private mutating func run(_ text: String) throws {
    var statements = try SQLParser.parseScript(text)
    for case .set(let statement) in statements {
      try settings.set(statement.name, statement.value, at: statement.valueRange, name: statement.nameRange)
    }
    for (name, value) in options.settings { try settings.set(name, value) }
    // Timestamp literals are read in the session's zone, which the script itself may set.
    if settings.zone != .utc { statements = try SQLParser.parseScript(text, zone: settings.zone) }
    result.settings = settings
    for statement in statements { try add(statement) }
    result.sinks = sinks
    try SinkPaths.check(result)
    if result.queries.isEmpty && result.explanations.isEmpty {
      throw TidemillError(
        .invalidQuery, "the script has nothing to run", hint: "add a SELECT, or INSERT INTO a sink SELECT …")
    }
  }

  private mutating func add(_ statement: Statement) throws {
    switch statement {
    case .set: break
    case .createStream(let create):
      if streams[create.definition.name] != nil {
        if create.ifNotExists { return }
        throw TidemillError(
          .invalidQuery, "there is already a stream `\(create.definition.name)`", hint: "give it another name",
          at: create.nameRange)
      }
      var definition = create.definition
      if definition.schema.count == 0 { try learnColumns(of: &definition, at: create.range) }
      streams[definition.name] = definition
    case .createSink(let create):
      if sinks[create.definition.name] != nil {
        if create.ifNotExists { return }
        throw TidemillError(
          .invalidQuery, "there is already a sink `\(create.definition.name)`", hint: "give it another name",
          at: create.nameRange)
      }
      _ = try mode(create.definition.options["mode"], at: create.optionRanges["mode"])
      sinks[create.definition.name] = create.definition
    case .insert(let insert): result.queries.append(try query(insert))
    case .select(let select): result.queries.append(try query(select))
    case .explain(let inner, _):
      switch inner {
      case .insert(let insert): result.explanations.append(try query(insert).explanation)
      case .select(let select): result.explanations.append(try query(select).explanation)
      default: preconditionFailure("the parser explains only SELECT and INSERT")
      }
    }
  }

  private mutating func query(_ insert: InsertStatement) throws -> ScriptPlan.Query {
    var outputs: [ScriptPlan.Output] = []
    for target in insert.targets { outputs.append(try output(target, beside: outputs)) }
    let timeToLive = try timeToLive(insert.targets) ?? settings.timeToLive
    var plans: [OutputMode: QueryPlan] = [:]
    // Each mode has rules of its own.
    for output in outputs where plans[output.mode] == nil {
      plans[output.mode] = try resolve(insert.query, name: outputs[0].name, mode: output.mode, timeToLive: timeToLive)
    }
    let plan = plans[outputs[0].mode]!
    do { try plan.checkSharing(outputs.map(\.mode)) } catch var error as TidemillError {
      let other = outputs.firstIndex { $0.mode != outputs[0].mode }
      error.range = insert.targets[other ?? 0].sinkRange
      throw error
    }
    return ScriptPlan.Query(name: outputs[0].name, plan: plan, outputs: outputs)
  }

  private func output(_ target: InsertStatement.Target, beside others: [ScriptPlan.Output]) throws -> ScriptPlan.Output {
    guard let sink = sinks[target.sink] else {
      throw TidemillError(
        .invalidQuery, "there is no sink `\(target.sink)`",
        hint: sinks.isEmpty
          ? "declare it before with CREATE SINK \(target.sink) USING json OPTIONS (path '…')"
          : "the sinks are \(sinks.keys.sorted().joined(separator: ", "))", at: target.sinkRange)
    }
    if others.contains(where: { $0.sink.name == sink.name }) {
      throw TidemillError(
        .invalidQuery, "the sink `\(sink.name)` stands twice in one INSERT", hint: "name each sink once",
        at: target.sinkRange)
    }
    if sink.provider != "console", result.queries.contains(where: { $0.outputs.contains { $0.sink.name == sink.name } }) {
      throw TidemillError(
        .invalidQuery, "two queries write to the sink `\(sink.name)`",
        hint: "give each a sink of its own", at: target.sinkRange)
    }
    for name in target.options.keys.sorted() where !["mode", "every", "ttl"].contains(name) {
      throw TidemillError(
        .invalidQuery, "INSERT has no option \(name)", hint: "its options are mode, every and ttl",
        at: target.optionRanges[name])
    }
    let mode = try mode(target.options["mode"], at: target.optionRanges["mode"])
    let sinkMode = try self.mode(sink.options["mode"], at: nil)
    return ScriptPlan.Output(
      name: uniqueName(sink.name, beside: others), mode: options.outputMode ?? mode ?? sinkMode ?? .update,
      every: try interval("every", of: target), sink: sink)
  }

  /// An option that takes a length of time.
  private func interval(_ option: String, of target: InsertStatement.Target) throws -> TimeSpan? {
    guard let text = target.options[option] else { return nil }
    guard let span = TimeSpan(parsing: text), span > .zero else {
      throw TidemillError(
        .invalidQuery, "\(option) cannot be '\(text)'",
        hint: "it takes an interval such as '\(option == "ttl" ? "1 day" : "10 seconds")'", at: target.optionRanges[option])
    }
    return span
  }

  /// The ttl of an INSERT, which is its state's and not one sink's.
  private func timeToLive(_ targets: [InsertStatement.Target]) throws -> TimeSpan? {
    var found: TimeSpan?
    for target in targets {
      guard let span = try interval("ttl", of: target) else { continue }
      if let found, found != span {
        throw TidemillError(
          .invalidQuery, "the sinks of one INSERT share its state, which cannot have two ttls",
          hint: "give the ttl once", at: target.optionRanges["ttl"])
      }
      found = span
    }
    return found
  }

  private mutating func query(_ select: SelectStatement) throws -> ScriptPlan.Query {
    let name = uniqueName("select")
    if options.outputMode == nil, options.prefersFinalResults {
      try learnStreams(of: select)
      let warnings = result.warnings
      do {
        let plan = try resolve(select, name: name, mode: .append, timeToLive: settings.timeToLive)
        return ScriptPlan.Query(name: name, plan: plan, outputs: [])
      } catch is TidemillError {
        // What is wrong in update mode as well is said below.
        result.warnings = warnings
      }
    }
    let plan = try resolve(select, name: name, mode: options.outputMode ?? .update, timeToLive: settings.timeToLive)
    return ScriptPlan.Query(name: name, plan: plan, outputs: [])
  }

  private func uniqueName(_ name: String, beside others: [ScriptPlan.Output] = []) -> String {
    let names = Set((result.queries.flatMap { [$0.name] + $0.outputs.map(\.name) }) + others.map(\.name))
    if !names.contains(name) { return name }
    var number = 2
    while names.contains("\(name)_\(number)") { number += 1 }
    return "\(name)_\(number)"
  }

  private func mode(_ text: String?, at range: TextRange?) throws -> OutputMode? {
    guard let text else { return nil }
    guard let mode = OutputMode(rawValue: text.lowercased()) else {
      throw TidemillError(
        .invalidQuery, "there is no output mode '\(text)'", hint: "the modes are append, update and complete", at: range)
    }
    return mode
  }

  private mutating func resolve(
    _ select: SelectStatement, name: String, mode: OutputMode, timeToLive: TimeSpan?
  ) throws -> QueryPlan {
    try learnStreams(of: select)
    let plan = try Resolver(streams: streams).resolve(
      select.plan.droppingDuplicates(of: streams).keepingKeys(for: timeToLive),
      options: ResolveOptions(
        outputMode: mode, closesAtEnd: options.closesAtEnd, zone: settings.zone,
        isSparkCompatible: settings.isSparkCompatible))
    for warning in plan.warnings.map({ "\(name): \($0)" }) where !result.warnings.contains(warning) {
      result.warnings.append(warning)
    }
    return plan
  }

  /// Makes streams of the paths and of standard input that a query names.
  private mutating func learnStreams(of select: SelectStatement) throws {
    for source in select.sources where streams[source.name] == nil && source.kind != .stream {
      var definition =
        source.kind == .path
        ? StreamDefinition(
          name: source.name, schema: Schema([]), provider: try InputSample.provider(ofPath: source.name, at: source.range),
          options: ["path": source.name])
        : StreamDefinition(name: source.name, schema: Schema([]), provider: "stdin")
      try learnColumns(of: &definition, at: source.range)
      streams[source.name] = definition
    }
  }

  private mutating func learnColumns(of definition: inout StreamDefinition, at range: TextRange) throws {
    do {
      let sample = try InputSample.read(definition)
      if definition.provider == "stdin" { result.stdinPrefix = sample.prefix }
      definition.schema = sample.schema
      definition.options.merge(sample.options) { given, _ in given }
    } catch var error as TidemillError {
      error.range = range
      throw error
    }
  }
}
