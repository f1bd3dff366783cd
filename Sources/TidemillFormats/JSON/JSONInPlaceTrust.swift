/// Whether the pieces of a stream follow what was learnt often enough to try them in place: one that does not is read again.
struct JSONInPlaceTrust {
  private static let longestBreak = 64
  private var nextBreak = 1
  private var rest = 1

  /// Whether the next piece should be tried.
  mutating func wantsNext() -> Bool {
    guard rest > 0 else { return true }
    rest -= 1
    return false
  }

  /// After each piece that failed, twice as many are not tried; after one that was good, all are again.
  mutating func note(_ succeeded: Bool) {
    rest = succeeded ? 0 : nextBreak
    nextBreak = succeeded ? 1 : min(nextBreak * 2, Self.longestBreak)
  }
}
