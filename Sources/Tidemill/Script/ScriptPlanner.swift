import TidemillColumns
import TidemillConnectors
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
  let options: PlanOptions
  private let registry: ConnectorRegistry
  var streams: [String: StreamDefinition]
  var tables: [String: TableDefinition]
  var sinks: [String: SinkDefinition] = [:]
  var result: ScriptPlan
  var settings = JobSettings()

  init(
    _ options: PlanOptions, streams: [String: StreamDefinition], tables: [String: TableDefinition], registry: ConnectorRegistry
  ) {
    self.options = options
    self.streams = streams
    self.tables = tables
    self.registry = registry
    result = ScriptPlan(queries: [], sinks: [:], settings: settings, explanations: [], warnings: [])
  }

  static func plan(
    _ text: String, _ options: PlanOptions, streams: [String: StreamDefinition] = [:],
    tables: [String: TableDefinition] = [:], registry: ConnectorRegistry = .standard
  ) throws -> ScriptPlan {
    var planner = ScriptPlanner(options, streams: streams, tables: tables, registry: registry)
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
    result.declared = streams
    try SinkPaths.check(result)
    if result.queries.isEmpty && result.explanations.isEmpty {
      throw TidemillError(
        .invalidQuery, "the script has nothing to run",
        hint: "add a SELECT, INSERT INTO a sink SELECT …, or CREATE MATERIALIZED VIEW … AS SELECT …")
    }
  }

  private mutating func add(_ statement: Statement) throws {
    switch statement {
    case .set: break
    case .createStream(let create):
      if streams[create.definition.name] != nil, create.ifNotExists { return }
      try checkIsFree(create.definition.name, at: create.nameRange)
      var definition = create.definition
      if definition.provider == Backfill.provider {
        definition = try Backfill(definition).completed(definition, streams: streams, ranges: create.optionRanges)
      } else if definition.schema.count == 0 {
        try learnColumns(of: &definition, at: create.range)
      }
      streams[definition.name] = definition
    case .createTable(let create):
      if tables[create.definition.name] != nil, create.ifNotExists { return }
      try checkIsFree(create.definition.name, at: create.nameRange)
      var definition = create.definition
      _ = try definition.refresh(at: create.optionRanges["refresh"])
      if definition.schema.count == 0 { try learnColumns(of: &definition, at: create.range) }
      tables[definition.name] = definition
    case .createSink(let create):
      if sinks[create.definition.name] != nil {
        if create.ifNotExists { return }
        throw TidemillError(
          .invalidQuery, "there is already a sink `\(create.definition.name)`", hint: "give it another name",
          at: create.nameRange)
      }
      try checkIsNoView(create.definition.name, at: create.nameRange)
      if create.definition.isView {
        throw TidemillError(
          .invalidQuery, "a view is no sink", hint: "write CREATE MATERIALIZED VIEW \(create.definition.name) AS SELECT …",
          at: create.range)
      }
      _ = try mode(create.definition.options["mode"], at: create.optionRanges["mode"])
      sinks[create.definition.name] = create.definition
    case .createView(let create):
      if create.ifNotExists, existingView(create.name) != nil { return }
      result.queries.append(try query(create))
    case .insert(let insert): result.queries.append(try query(insert))
    case .select(let select): result.queries.append(try query(select))
    case .explain(let inner, _):
      switch inner {
      case .insert(let insert): result.explanations.append(try query(insert).explanation)
      case .select(let select): result.explanations.append(try query(select).explanation)
      case .createView(let create): result.explanations.append(try query(create).explanation)
      default: preconditionFailure("the parser explains only queries")
      }
    }
  }

  /// Streams and tables stand at the same places of a query.
  private func checkIsFree(_ name: String, at range: TextRange) throws {
    let what = streams[name] != nil ? "stream" : tables[name] != nil ? "table" : nil
    guard let what else { return try checkIsNoView(name, at: range) }
    throw TidemillError(
      .invalidQuery, "there is already a \(what) `\(name)`", hint: "give it another name", at: range)
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
    try interval(option, target.options[option], at: target.optionRanges[option])
  }

  func interval(_ option: String, _ text: String?, at range: TextRange?) throws -> TimeSpan? {
    guard let text else { return nil }
    guard let span = TimeSpan(parsing: text), span > .zero else {
      throw TidemillError(
        .invalidQuery, "\(option) cannot be '\(text)'",
        hint: "it takes an interval such as '\(option == "every" ? "10 seconds" : "1 day")'", at: range)
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

  mutating func resolve(
    _ select: SelectStatement, name: String, mode: OutputMode, timeToLive: TimeSpan?
  ) throws -> QueryPlan {
    try learnStreams(of: select)
    let plan = try Resolver(streams: streams, tables: tables).resolve(
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
    for source in select.sources where source.kind == .stream { try checkIsNotRead(source) }
    for source in select.sources where source.isJoined && source.kind != .stream { try learnTable(source) }
    for source in select.sources where !source.isJoined && streams[source.name] == nil && source.kind != .stream {
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

  /// Makes a table of a path behind a JOIN.
  private mutating func learnTable(_ source: SourceReference) throws {
    guard source.kind == .path else {
      if streams[source.name] != nil || tables[source.name] != nil { return }
      throw TidemillError(
        .unsupported, "standard input cannot be joined as a table", hint: "write it into a file: JOIN 'products.csv' ON …",
        at: source.range)
    }
    if tables[source.name] != nil { return }
    var definition = TableDefinition(
      name: source.name, schema: Schema([]), provider: try InputSample.provider(ofPath: source.name, at: source.range),
      options: ["path": source.name])
    try learnColumns(of: &definition, at: source.range)
    tables[source.name] = definition
  }

  private func learnColumns(of definition: inout TableDefinition, at range: TextRange) throws {
    do {
      try definition.learnColumns(registry)
    } catch var error as TidemillError {
      error.range = range
      throw error
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
