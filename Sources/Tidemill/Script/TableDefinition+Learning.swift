import TidemillColumns
import TidemillConnectors
import TidemillPlan

extension TableDefinition {
  /// Takes over the columns that are there.
  ///
  /// - Throws: what the table's connector does, without credentials.
  mutating func learnColumns(_ registry: ConnectorRegistry) throws {
    do {
      let learnt = try registry.table(TableContext(definition: self)).columns()
      schema = learnt.schema
      options.merge(learnt.options) { given, _ in given }
    } catch {
      throw Secrets(ofOptions: [options]).redacting(error)
    }
  }

  /// How long a look at the table is good for, as the option `refresh` says; `nil`: as long as the job runs.
  func refresh(at range: TextRange?) throws -> TimeSpan? {
    guard let text = options["refresh"] else { return .seconds(1) }
    if text.lowercased() == "off" { return nil }
    guard let span = TimeSpan(parsing: text), span > .zero else {
      throw TidemillError(
        .invalidQuery, "table \(name): option refresh is '\(text)'", hint: "it takes an interval such as '10 seconds', or off",
        at: range)
    }
    return span
  }
}
