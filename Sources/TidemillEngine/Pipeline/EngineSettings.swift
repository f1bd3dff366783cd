import TidemillColumns

/// What the engine is told besides the plan. Nothing here changes a result, apart from `isSparkCompatible`.
public struct EngineSettings: Sendable {
  /// Where days begin, and how text without an offset becomes a timestamp.
  public var zone: SessionZone
  /// How many batches are absorbed at a time.
  public var lanes: Int
  /// Spark's rule of lateness: the watermark of the epoch before, for all rows of an epoch.
  public var isSparkCompatible: Bool
  /// Whether late rows are given out with the result of their epoch.
  public var keepsLateRows: Bool

  /// How much memory pieces of the work may take.
  public var limits = EngineLimits()

  /// What runs the pieces of an epoch's end.
  public var work: ParallelWork
  /// When groups are cut into shards.
  package var sharding = KeySharding.automatic

  /// Settings for one lane, Tidemill's own rule of lateness and UTC, unless said otherwise.
  public init(
    zone: SessionZone = .utc, lanes: Int = 1, isSparkCompatible: Bool = false, keepsLateRows: Bool = false,
    work: ParallelWork = .serial
  ) {
    self.zone = zone
    self.lanes = lanes
    self.isSparkCompatible = isSparkCompatible
    self.keepsLateRows = keepsLateRows
    self.work = work
  }
}
