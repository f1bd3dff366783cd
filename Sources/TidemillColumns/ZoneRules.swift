/// When a zone's offset changes: the transitions of its file, and the rule for all time after them.
///
/// Source: RFC 8536, "The Time Zone Information Format (TZif)".
final class ZoneRules: Sendable {
  /// Seconds since 1970 at which the offset changes, ascending.
  private let transitions: [Int64]
  /// The offset from each transition on.
  private let offsets: [Int64]
  /// Before the first transition.
  private let firstOffset: Int64
  private let later: DaylightRule?

  init(_ bytes: [UInt8]) throws {
    var reader = TZifReader(bytes)
    let first = try reader.header()
    guard first.version >= 2 else { throw CorruptBytes("a zone file of the old format, without 64-bit times") }
    try reader.skip(first.bodySize(timeSize: 4))
    let counts = try reader.header()
    transitions = try (0..<counts.times).map { _ in Int64(bitPattern: try reader.bigEndian(8)) }
    let types = try (0..<counts.times).map { _ in Int(try reader.bigEndian(1)) }
    var typeOffsets: [Int64] = []
    var isDaylight: [Bool] = []
    for _ in 0..<counts.types {
      typeOffsets.append(Int64(Int32(truncatingIfNeeded: try reader.bigEndian(4))))
      isDaylight.append(try reader.bigEndian(1) != 0)
      _ = try reader.bigEndian(1)
    }
    guard types.allSatisfy({ $0 < typeOffsets.count }), !typeOffsets.isEmpty else {
      throw CorruptBytes("a zone file whose transitions lead nowhere")
    }
    offsets = types.map { typeOffsets[$0] }
    firstOffset = typeOffsets[isDaylight.firstIndex(of: false) ?? 0]
    try reader.skip(counts.characters + counts.leaps * 12 + counts.standards + counts.locals)
    later = DaylightRule(try reader.footer())
  }

  func offset(atUTC seconds: Int64) -> Int64 {
    guard let last = transitions.last, seconds < last || later == nil else {
      return later?.offset(atUTC: seconds) ?? firstOffset
    }
    var low = 0
    var high = transitions.count
    while low < high {
      let middle = (low + high) / 2
      if transitions[middle] <= seconds { low = middle + 1 } else { high = middle }
    }
    return low == 0 ? firstOffset : offsets[low - 1]
  }
}

private struct TZifReader {
  struct Counts {
    var version = 0
    var locals = 0
    var standards = 0
    var leaps = 0
    var times = 0
    var types = 0
    var characters = 0

    func bodySize(timeSize: Int) -> Int {
      times * (timeSize + 1) + types * 6 + characters + leaps * (timeSize + 4) + standards + locals
    }
  }

  private let bytes: [UInt8]
  private var offset = 0

  init(_ bytes: [UInt8]) { self.bytes = bytes }

  mutating func skip(_ count: Int) throws {
    guard count >= 0, count <= bytes.count - offset else { throw CorruptBytes("a zone file that ends early") }
    offset += count
  }

  mutating func bigEndian(_ size: Int) throws -> UInt64 {
    let start = offset
    try skip(size)
    return bytes[start..<offset].reduce(0) { $0 << 8 | UInt64($1) }
  }

  mutating func header() throws -> Counts {
    guard try bigEndian(4) == 0x545A_6966 else { throw CorruptBytes("no zone file: it does not begin with TZif") }
    var counts = Counts()
    let version = try bigEndian(1)
    counts.version = version == 0 ? 1 : Int(version) - 48
    try skip(15)
    counts.locals = Int(try bigEndian(4))
    counts.standards = Int(try bigEndian(4))
    counts.leaps = Int(try bigEndian(4))
    counts.times = Int(try bigEndian(4))
    counts.types = Int(try bigEndian(4))
    counts.characters = Int(try bigEndian(4))
    // Damaged counts must not make anyone reserve memory for them.
    guard counts.bodySize(timeSize: 4) <= bytes.count else { throw CorruptBytes("a zone file that ends early") }
    return counts
  }

  /// The text between the last two line feeds.
  mutating func footer() throws -> String {
    try skip(1)
    return String(decoding: bytes[offset...].prefix { $0 != 10 }, as: UTF8.self)
  }
}
