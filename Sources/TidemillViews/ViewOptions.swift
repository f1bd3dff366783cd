import TidemillColumns

/// How a materialized view is kept.
public struct ViewOptions: Hashable, Sendable {
  /// How long the rows of a closed window stay readable, in event time behind the watermark.
  public var retain: TimeSpan
  /// Where its database lies; `nil`: in a temporary directory that goes with the view.
  public var directory: String?
  /// Makes each epoch durable before the job goes on; of no use in a temporary directory, and off there.
  public var syncs: Bool
  /// How many bytes of changes are kept for those who follow them.
  public var changeByteLimit: Int
  /// How many epochs' changes are kept at most.
  public var changeCountLimit: Int

  public init(
    retain: TimeSpan = .days(7), directory: String? = nil, syncs: Bool = true, changeByteLimit: Int = 8 << 20,
    changeCountLimit: Int = 1024
  ) {
    self.retain = retain
    self.directory = directory
    self.syncs = syncs
    self.changeByteLimit = changeByteLimit
    self.changeCountLimit = changeCountLimit
  }
}
