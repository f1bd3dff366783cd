/// The keys of the last pushes that had one, in the order in which they were added.
struct PushKeys: Sendable {
  struct Entry: Hashable, Sendable {
    var key: [UInt8]
    /// Where in the input the push lies that had it.
    var offset: Int
  }

  /// How many are known. A checkpoint keeps so many.
  static let limit = 65_536
  /// How long a key may be, in bytes.
  static let longest = 255

  private var entries: [Entry] = []
  /// The first of the entries that counts.
  private var first = 0
  private var known: Set<[UInt8]> = []

  func contains(_ key: [UInt8]) -> Bool { known.contains(key) }

  var count: Int { known.count }

  /// Adds a key, unless it is known; the oldest one goes when there are too many.
  mutating func add(_ key: [UInt8], at offset: Int) {
    guard known.insert(key).inserted else { return }
    entries.append(Entry(key: key, offset: offset))
    if known.count > Self.limit {
      known.remove(entries[first].key)
      first += 1
    }
    if first > Self.limit {
      entries.removeFirst(first)
      first = 0
    }
  }

  /// Those of pushes before an offset of the input.
  func entries(before offset: Int) -> ArraySlice<Entry> { entries[first...].prefix { $0.offset < offset } }
}
