import DeltaLog
import TidemillColumns

/// Which rows of its partition a file holds, in update mode: those of windows that begin in a range, and of keys whose hashes
/// begin with some bits. No two files of a partition have a place in common.
///
/// A file says so by its tags; one without is another program's, and may hold any row.
struct Placement: Hashable, Sendable {
  /// Starts of windows, in microseconds since 1970; all there are for results without windows.
  var starts: ClosedRange<Int64>
  /// How many bits of the hash are given.
  var bits: Int
  /// Those bits, the first of the hash as the highest of `bits`.
  var prefix: UInt64

  /// More are of no use: the rows of so few keys are few.
  static let mostBits = 24

  static let everything = Placement(starts: .min ... .max, bits: 0, prefix: 0)

  init(starts: ClosedRange<Int64>, bits: Int, prefix: UInt64) {
    self.starts = starts
    self.bits = bits
    self.prefix = prefix
  }

  @inline(__always)
  func holds(hash: UInt64) -> Bool { bits == 0 || hash >> UInt64(64 - bits) == prefix }

  /// Its halves by the next bit of the hash.
  var halves: [Placement] {
    [0, 1].map { Placement(starts: starts, bits: bits + 1, prefix: prefix << 1 | $0) }
  }

  private static let startsTag = "tidemill.windows"
  private static let keysTag = "tidemill.keys"

  /// As tags of a file: the first and last start in microseconds, and the bits as text, `*` for none.
  var tags: [String: String] {
    let digits = String(prefix, radix: 2)
    let text = String(repeating: "0", count: max(0, bits - digits.count)) + digits
    return [
      Self.startsTag: "\(starts.lowerBound)..\(starts.upperBound)", Self.keysTag: bits == 0 ? "*" : text,
    ]
  }

  /// - Returns: `nil` when the tags name no place.
  init?(tags: [String: String]) {
    guard let starts = tags[Self.startsTag], let keys = tags[Self.keysTag] else { return nil }
    let ends = starts.split(separator: ".", omittingEmptySubsequences: true).map { Int64($0) }
    guard ends.count == 2, let first = ends[0], let last = ends[1], first <= last else { return nil }
    guard keys != "*" else {
      self.init(starts: first...last, bits: 0, prefix: 0)
      return
    }
    guard !keys.isEmpty, keys.utf8.count <= Self.mostBits, keys.utf8.allSatisfy({ $0 == 48 || $0 == 49 }),
      let prefix = UInt64(keys, radix: 2)
    else { return nil }
    self.init(starts: first...last, bits: keys.utf8.count, prefix: prefix)
  }
}
