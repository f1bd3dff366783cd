import TidemillColumns
import TidemillPlan
import TidemillSQL
import TidemillViews

/// `CREATE MATERIALIZED VIEW` in a script.
extension ScriptPlanner {
  /// The query of a view: always in update mode, into a sink that only this statement makes.
  mutating func query(_ create: CreateViewStatement) throws -> ScriptPlan.Query {
    try checkIsFree(for: create)
    for name in create.options.keys.sorted() where !["retain", "every", "ttl"].contains(name) {
      throw TidemillError(
        .invalidQuery, "a view has no option \(name)", hint: "its options are retain, every and ttl",
        at: create.optionRanges[name])
    }
    func interval(_ option: String) throws -> TimeSpan? {
      try self.interval(option, create.options[option], at: create.optionRanges[option])
    }
    _ = try interval("retain")
    let every = try interval("every")
    let timeToLive = try interval("ttl") ?? settings.timeToLive
    let plan = try resolve(create.query, name: create.name, mode: .update, timeToLive: timeToLive)
    let sink = SinkDefinition(
      name: create.name, provider: SinkDefinition.viewProvider, options: create.options.filter { $0.key == "retain" })
    return ScriptPlan.Query(
      name: create.name, plan: plan,
      outputs: [ScriptPlan.Output(name: create.name, mode: .update, every: every, sink: sink)])
  }

  /// A view's name is that of a query, and what SQL over views calls it.
  private func checkIsFree(for create: CreateViewStatement) throws {
    func taken(_ by: String) -> TidemillError {
      TidemillError(
        .invalidQuery, "there is already a \(by) `\(create.name)`", hint: "give the view another name", at: create.nameRange)
    }
    if existingView(create.name) != nil { throw taken("view") }
    if streams[create.name] != nil { throw taken("stream") }
    if tables[create.name] != nil { throw taken("table") }
    if sinks[create.name] != nil { throw taken("sink") }
    if result.queries.contains(where: { $0.name == create.name }) { throw taken("query") }
  }

  /// The view of that name; names that differ in case only are one, as they may be one file.
  func existingView(_ name: String) -> String? { result.views.first { $0.lowercased() == name.lowercased() } }

  func checkIsNoView(_ name: String, at range: TextRange) throws {
    guard let view = existingView(name) else { return }
    throw TidemillError(.invalidQuery, "there is already a view `\(view)`", hint: "give it another name", at: range)
  }

  /// Says of a view behind FROM that no stream is there.
  func checkIsNotRead(_ source: SourceReference) throws {
    guard streams[source.name] == nil, tables[source.name] == nil, let view = existingView(source.name) else { return }
    throw TidemillError(
      .unsupported, "`\(view)` is a view, and a query of a script reads streams",
      hint: "write its query in place: FROM (SELECT …) AS \(view); views are read from outside, while they are kept",
      at: source.range)
  }
}

extension SinkDefinition {
  /// What stands for a view; not a name that `USING` takes.
  static let viewProvider = "view"

  var isView: Bool { provider == Self.viewProvider }
}
