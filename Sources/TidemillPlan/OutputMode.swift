/// What a query gives to its sink after each epoch. Spark's names and meanings.
public enum OutputMode: String, Hashable, Sendable, CaseIterable {
  /// Each result once, when it is final.
  case append
  /// The results that changed.
  case update
  /// The whole result.
  case complete
}
