import TidemillColumns
import TidemillPlan

/// Options as they were written, with where each stands.
struct OptionList {
  var values: [String: String] = [:]
  var ranges: [String: TextRange] = [:]
}

extension Parser {
  mutating func parseCreate() throws -> Statement {
    let start = try expect("CREATE").range
    if isAt("OR", "REPLACE") {
      throw refused(
        "CREATE OR REPLACE is", hint: "write CREATE STREAM, TABLE, SINK or MATERIALIZED VIEW",
        at: range(from: start).joined(with: peek().range))
    }
    switch current.keyword {
    case "STREAM": return try parseCreateStream(from: start)
    case "TABLE": return try parseCreateTable(from: start)
    case "SINK": return try parseCreateSink(from: start)
    case "MATERIALIZED": return .createView(try parseCreateView(from: start))
    default: throw unknownDefinition(from: start)
    }
  }

  private func unknownDefinition(from start: TextRange) -> TidemillError {
    let place = TextRange(start.lowerBound..<current.range.upperBound)
    switch current.keyword {
    case "EXTERNAL", "STREAMING":
      return refused(
        "CREATE \(current.keyword) TABLE is",
        hint: "CREATE STREAM declares an input, CREATE TABLE what it is joined with, and CREATE SINK an output", at: place)
    case "VIEW", "TEMPORARY", "TEMP", "GLOBAL":
      return refused(
        "CREATE VIEW is",
        hint: "write CREATE MATERIALIZED VIEW, INSERT INTO sink SELECT …, or the query in place: FROM (SELECT …) AS name",
        at: place)
    case "FUNCTION", "DATABASE", "SCHEMA", "CATALOG", "INDEX", "CONNECTION", "SOURCE":
      return refused(
        "CREATE \(current.keyword) is",
        hint: "CREATE STREAM, CREATE TABLE, CREATE SINK and CREATE MATERIALIZED VIEW are what can be created",
        at: place)
    default:
      let meant =
        current.kind == .word
        ? Suggestion.closest(to: current.keyword, among: ["STREAM", "TABLE", "SINK", "MATERIALIZED"]) : nil
      return unexpected("STREAM, TABLE, SINK or MATERIALIZED VIEW", hint: meant.map { "did you mean \($0)?" })
    }
  }

  private mutating func parseCreateStream(from start: TextRange) throws -> Statement {
    try expect("STREAM")
    let ifNotExists = try parseIfNotExists()
    let name = try expectName("the name of the stream")
    try refuseDots(after: name, "a stream")
    var schema = Schema()
    var watermark: WatermarkDefinition?
    if isAtSymbol("(") { (schema, watermark) = try parseStreamColumns() }
    let (provider, options) = try parseProvider()
    let definition = StreamDefinition(
      name: name.text, schema: schema, watermark: watermark, provider: provider, options: options.values)
    return .createStream(
      CreateStreamStatement(
        definition: definition, ifNotExists: ifNotExists, optionRanges: options.ranges, nameRange: name.range,
        range: range(from: start)))
  }

  private mutating func parseCreateTable(from start: TextRange) throws -> Statement {
    try expect("TABLE")
    let ifNotExists = try parseIfNotExists()
    let name = try expectName("the name of the table")
    try refuseDots(after: name, "a table")
    var schema = Schema()
    if isAtSymbol("(") {
      let opening = current.range
      let watermark: WatermarkDefinition?
      (schema, watermark) = try parseStreamColumns()
      if watermark != nil {
        throw refused(
          "a watermark for a table is", hint: "a table has no event time: its rows are all there at once",
          at: range(from: opening))
      }
    }
    if isAt("AS") {
      throw refused(
        "CREATE TABLE … AS SELECT is",
        hint: "CREATE TABLE declares what is there; results go to sinks, INSERT INTO a sink, or to a MATERIALIZED VIEW")
    }
    let (provider, options) = try parseProvider()
    return .createTable(
      CreateTableStatement(
        definition: TableDefinition(name: name.text, schema: schema, provider: provider, options: options.values),
        ifNotExists: ifNotExists, optionRanges: options.ranges, nameRange: name.range, range: range(from: start)))
  }

  private mutating func parseCreateSink(from start: TextRange) throws -> Statement {
    try expect("SINK")
    let ifNotExists = try parseIfNotExists()
    let name = try expectName("the name of the sink")
    try refuseDots(after: name, "a sink")
    if isAtSymbol("(") {
      throw refused("a list of columns for a sink is", hint: "a sink takes the columns of what is inserted into it")
    }
    let (provider, options) = try parseProvider()
    return .createSink(
      CreateSinkStatement(
        definition: SinkDefinition(name: name.text, provider: provider, options: options.values),
        ifNotExists: ifNotExists, optionRanges: options.ranges, nameRange: name.range, range: range(from: start)))
  }

  mutating func parseCreateView(from start: TextRange) throws -> CreateViewStatement {
    try expect("MATERIALIZED")
    try expect("VIEW")
    let ifNotExists = try parseIfNotExists()
    let name = try expectName("the name of the view")
    try refuseDots(after: name, "a view")
    if isAtSymbol("(") {
      throw refused("a list of columns for a view is", hint: "a view has the columns of its SELECT: name them there with AS")
    }
    if isAt("USING") {
      throw refused("USING for a view is", hint: "views are kept by tidemill itself; to write elsewhere, INSERT INTO a sink")
    }
    if isAt("WITH"), peek().isSymbol("(") {
      throw unexpected("OPTIONS", hint: "options are written OPTIONS (name 'value', …)")
    }
    let options = accept("OPTIONS") ? try parseOptionList() : OptionList()
    try expect("AS")
    return CreateViewStatement(
      name: name.text, options: options.values, ifNotExists: ifNotExists, optionRanges: options.ranges, nameRange: name.range,
      query: try parseSelectStatement(), range: range(from: start))
  }

  private mutating func parseIfNotExists() throws -> Bool {
    guard isAt("IF", "NOT") else { return false }
    advance()
    advance()
    try expect("EXISTS")
    return true
  }

  private mutating func parseProvider() throws -> (String, OptionList) {
    guard accept("USING") else {
      let hint =
        isAt("WITH") || isAt("OPTIONS") ? "the provider comes first: USING json OPTIONS (path '…')" : nil
      throw unexpected("USING", hint: hint ?? "say what it is: USING json, USING csv, …")
    }
    let provider = try expectName("the name of a provider such as json").text.lowercased()
    if isAt("WITH"), peek().isSymbol("(") {
      throw unexpected("OPTIONS", hint: "options are written OPTIONS (name 'value', …)")
    }
    return (provider, accept("OPTIONS") ? try parseOptionList() : OptionList())
  }

  // MARK: Options

  /// `(path 'dir', header = true, 'kafka.topic' 'sales')`.
  mutating func parseOptionList() throws -> OptionList {
    let opening = try expectSymbol("(").range
    var options = OptionList()
    if acceptSymbol(")") { return options }
    repeat {
      let first = current
      let name = try parseOptionName().lowercased()
      let nameRange = range(from: first.range)
      if options.values[name] != nil {
        throw TidemillError(.invalidQuery, "the option `\(name)` is given twice", hint: "keep one", at: nameRange)
      }
      _ = acceptSymbol("=")
      options.values[name] = try parseOptionValue(of: name)
      options.ranges[name] = range(from: first.range)
    } while acceptSymbol(",")
    try expectClosing(opening)
    return options
  }

  private mutating func parseOptionName() throws -> String {
    if current.kind == .string { return advance().text }
    var name = try expectName("the name of an option").text
    while acceptSymbol(".") { name += "." + (try expectName("the rest of the option's name")).text }
    return name
  }

  private mutating func parseOptionValue(of name: String) throws -> String {
    let token = current
    switch token.kind {
    case .string:
      return advance().text
    case .word where token.keyword == "TRUE" || token.keyword == "FALSE":
      return advance().keyword.lowercased()
    case .word:
      let shown = OptionSecrecy.isSecret(name) ? "…" : token.text
      throw unexpected(
        "a value for the option `\(name)`", hint: "values are strings, numbers, true and false: \(name) '\(shown)'")
    default:
      if acceptSymbol("-"), current.isNumber { return "-" + advance().text }
      guard current.isNumber else { throw unexpected("a value for the option `\(name)`") }
      return advance().text
    }
  }
}
