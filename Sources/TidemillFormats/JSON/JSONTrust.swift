/// Whether the records of a stream follow what was learnt about it often enough to try.
///
/// A record that does not follow costs several times as much as one that is read the general way together with its
/// neighbours. So misses run up a debt, and records that follow pay it off. With too much debt a stretch is read the general
/// way, a longer one each time, and then it is tried again.
struct JSONTrust {
  /// As many misses in a row as this many records cost.
  static let limit = 768
  static let missCost = 5
  private static let shortestBreak = 256 << 10
  private static let longestBreak = 16 << 20

  private(set) var debt = 0
  /// How many bytes are still to be read the general way.
  private(set) var rest = 0
  private var nextBreak = shortestBreak
  /// How many misses in a row are gathered before they are read.
  private(set) var patience = 1
  /// For tests: how many records followed, and how many did not.
  private(set) var followed = 0
  private(set) var missed = 0

  mutating func follow(_ count: Int) {
    followed += count
    debt -= count
    if debt < 0 {
      debt = 0
      if count > 1024 { nextBreak = Self.shortestBreak }
    }
  }

  /// `taught`: whether the general way's rows taught something new. Returns whether a break begins.
  mutating func miss(_ count: Int, taught: Bool) -> Bool {
    missed += count
    patience = taught ? 1 : min(patience * 2, 256)
    debt += taught ? count : count * Self.missCost
    guard debt > Self.limit else { return false }
    debt = Self.limit / 2
    rest = nextBreak
    nextBreak = min(nextBreak * 2, Self.longestBreak)
    patience = 1
    return true
  }

  /// `count` bytes of the break are over.
  mutating func pass(_ count: Int) { rest = max(rest - count, 0) }
}
