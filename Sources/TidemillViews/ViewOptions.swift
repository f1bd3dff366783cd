import TidemillColumns

/// How a materialized view is kept.
public struct ViewOptions: Hashable, Sendable {
  /// How long the rows of a closed window stay readable, in event time behind the latest window.
  public var retain: TimeSpan
  /// Where its database lies; `nil`: in a temporary directory that goes with the process.
  public var directory: String?

  public init(retain: TimeSpan = .days(7), directory: String? = nil) {
    self.retain = retain
    self.directory = directory
  }
}
