import TidemillColumns
import TidemillConnectors
import TidemillPlan
import TidemillViews

extension MaterializedView {
  /// The view that an output of a query means. Its database is opened when the job is, behind the lock of the checkpoint.
  convenience init(
    _ output: ScriptPlan.Output, of plan: QueryPlan, _ settings: JobSettings, _ options: StartOptions
  ) throws {
    var given = OptionReader(output.sink)
    let retain = try given.span("retain", default: ViewOptions().retain)
    try given.finish()
    guard output.mode == .update else {
      throw TidemillError(
        .invalidQuery, "view \(output.name) is to be kept in \(output.mode.rawValue) mode", hint: "a view takes update mode")
    }
    try self.init(
      name: output.name, schema: plan.resultSchema, key: plan.resultKey, zone: settings.zone,
      options: ViewOptions(retain: retain, directory: options.checkpoint.map { "\($0)/views" }))
  }
}
