import TidemillColumns

extension QueryPlan {
  /// Whether results in several output modes can come from one state, as they do when a query has several outputs.
  ///
  /// - Throws: `TidemillError.unsupported`, with the reason, when they cannot.
  public func checkSharing(_ modes: [OutputMode]) throws {
    let modes = Set(modes)
    guard modes.count > 1 else { return }
    if modes.contains(.complete) {
      throw TidemillError(
        .unsupported, "complete mode beside another mode: complete mode keeps every window open, and the others close them",
        hint: "give the sink in complete mode an INSERT of its own")
    }
    for case .aggregate(let aggregation) in stages {
      // What lies behind the first one is each mode's own.
      guard aggregation.window == nil else { return }
      throw TidemillError(
        .unsupported,
        "append mode beside update mode for groups without a window: append mode lets go of a group when the input ends, and "
          + "update mode goes on with it", hint: "give each sink an INSERT of its own, or group by a window as well")
    }
  }
}
