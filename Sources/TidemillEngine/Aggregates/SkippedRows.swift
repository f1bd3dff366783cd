import TidemillColumns

/// How many rows of each group a sum has passed over, since their value was NULL. With them its count of values is a count of
/// rows, so that `COUNT(*)` beside a sum needs no counter of its own. Nothing is kept until there is such a row.
struct SkippedRows {
  private var counts: Buffer<Int64>?

  subscript(_ group: Int) -> Int64 { counts?.base[group] ?? 0 }

  func grow(to count: Int) { counts?.resize(to: count, filling: 0) }

  func reset(_ group: Int) { counts?.base[group] = 0 }

  /// Takes in rows of which those do not count whose byte in the mask is 0.
  mutating func update(_ input: AccumulatorInput, groupCount: Int) {
    guard let mask = input.mask else { return }
    var all = input
    all.mask = nil
    let counts = made(groupCount)
    all.forEach { row, group, weight in counts[group] &+= mask[row] == 0 ? weight : 0 }
  }

  private mutating func made(_ groupCount: Int) -> UnsafeMutablePointer<Int64> {
    if counts == nil { counts = Buffer(repeating: 0, count: groupCount) }
    return counts!.base
  }

  /// Adds what `other` has passed over, or takes it away again.
  mutating func merge(
    _ other: SkippedRows, from: UnsafePointer<GroupIndex>, into: UnsafePointer<GroupIndex>, count: Int, groupCount: Int,
    sign: Int64 = 1
  ) {
    guard let theirs = other.counts?.base else { return }
    let mine = made(groupCount)
    for index in 0..<count { mine[Int(into[index])] &+= theirs[Int(from[index])] &* sign }
  }

  func write(to writer: inout ByteWriter) {
    writer.write(bool: counts != nil)
    if let counts { writer.write(counts) }
  }

  mutating func restore(from reader: inout ByteReader, groups: Int) throws {
    guard try reader.readBool() else { return }
    counts = Buffer(capacity: groups)
    try counts!.restore(&reader, count: groups)
  }

  var bytes: Int { counts?.bytes ?? 0 }
}
