import TidemillColumns

/// What surrounds a query when its names and types are looked up.
public struct ResolveOptions: Hashable, Sendable {
  /// What the sink gets; not every query can be in every mode.
  public var outputMode: OutputMode
  /// Whether all input is there and every window is closed at its end: then append needs no watermark, and state is bounded by
  /// the input.
  public var closesAtEnd: Bool
  /// The zone in which text without an offset is read as a timestamp.
  public var zone: SessionZone
  /// Whether what Spark refuses in streaming is refused here as well, where it would give another answer there.
  public var isSparkCompatible: Bool

  /// Update mode, an input without end, UTC and Tidemill's own rules, unless said otherwise.
  public init(
    outputMode: OutputMode = .update, closesAtEnd: Bool = false, zone: SessionZone = .utc, isSparkCompatible: Bool = false
  ) {
    self.outputMode = outputMode
    self.closesAtEnd = closesAtEnd
    self.zone = zone
    self.isSparkCompatible = isSparkCompatible
  }
}
