import TidemillColumns

/// The key columns of a batch in the form that `GroupTable` compares: one 16-byte cell a value and one hash a row.
///
/// A cell of a string is its view; of a number its bits; of a window its start and end. NULL is a cell of its own that no value
/// has, so NULLs group together as SQL wants. Doubles are normalised first: all NaNs are one, -0.0 is 0.0.
///
/// Valid until the next `load`, and while the columns live.
final class KeyBatch {
  /// `width` cells a row, row by row.
  private(set) var cells: UnsafePointer<StringView>
  /// Where the long strings of each key column lie.
  private(set) var heaps: [UnsafePointer<UInt8>] = []
  let hashes: Buffer<UInt64>
  let width: Int
  private let own: Buffer<StringView>
  private var columns: [Column] = []
  /// What keeps `heaps` alive.
  private var heapOwners: [Buffer<UInt8>] = []

  /// Its length is one that no string has, and its tail no valid UTF-8.
  static let null = StringView(head: .max, tail: 1 << 63)

  init(width: Int) {
    self.width = width
    own = Buffer(capacity: 1024)
    hashes = Buffer(capacity: 1024)
    cells = UnsafePointer(own.base)
  }

  /// The keys of another table as they lie there.
  init(borrowing cells: Buffer<StringView>, heap: Buffer<UInt8>, hashes: Buffer<UInt64>, width: Int) {
    self.width = width
    own = cells
    self.hashes = hashes
    self.cells = UnsafePointer(cells.base)
    heaps = Array(repeating: UnsafePointer(heap.base), count: width)
  }

  /// The listed rows of another batch, in that order; long strings stay where they are, and are kept alive.
  init(selecting rows: UnsafePointer<UInt32>, count: Int, of other: KeyBatch) {
    width = other.width
    own = Buffer(capacity: count * width)
    own.count = count * width
    hashes = Buffer(capacity: count)
    hashes.count = count
    cells = UnsafePointer(own.base)
    heaps = other.heaps
    heapOwners = other.heapOwners
    let (source, target) = (other.cells, own.base)
    if width == 1 {
      for position in 0..<count { target[position] = source[Int(rows[position])] }
    } else {
      for position in 0..<count {
        (target + position * width).update(from: source + Int(rows[position]) * width, count: width)
      }
    }
    let (theirs, mine) = (other.hashes.base, hashes.base)
    for position in 0..<count { mine[position] = theirs[Int(rows[position])] }
  }

  /// Bytes of its own.
  var memoryUsed: Int { own.bytes + hashes.bytes }

  /// Takes over the keys of `count` rows.
  ///
  /// - Complexity: O(count × width).
  func load(_ columns: [Column], count: Int) {
    precondition(columns.count == width, "\(columns.count) key columns for \(width)")
    self.columns = columns
    heapOwners = columns.map { column in
      if case .string(let storage) = column.values { storage.heap } else { Self.noHeap }
    }
    heaps = heapOwners.map { UnsafePointer($0.base) }
    if width == 1, case .string(let storage) = columns[0].values, !columns[0].hasNulls {
      cells = UnsafePointer(storage.views.base)
    } else {
      own.count = 0
      own.reserve(count * width)
      own.count = count * width
      for (position, column) in columns.enumerated() { encode(column, at: position, count: count) }
      cells = UnsafePointer(own.base)
    }
    hashes.count = 0
    hashes.reserve(count)
    hashes.count = count
    hash(count: count)
  }

  private static let noHeap = Buffer<UInt8>(capacity: 1)

  private func encode(_ column: Column, at position: Int, count: Int) {
    let target = own.base + position
    let stride = width
    switch column.values {
    case .int64(let buffer):
      let source = buffer.base
      for row in 0..<count { target[row * stride] = StringView(head: UInt64(bitPattern: source[row]), tail: 0) }
    case .bytes(let buffer):
      let source = buffer.base
      for row in 0..<count { target[row * stride] = StringView(head: UInt64(source[row]), tail: 0) }
    case .float64(let buffer):
      let source = buffer.base
      for row in 0..<count { target[row * stride] = StringView(head: Self.normalised(source[row]).bitPattern, tail: 0) }
    case .int128(let buffer):
      let source = buffer.base
      for row in 0..<count {
        let value = source[row]
        target[row * stride] = StringView(
          head: UInt64(truncatingIfNeeded: value), tail: UInt64(truncatingIfNeeded: value >> 64))
      }
    case .string(let storage):
      let source = storage.views.base
      for row in 0..<count { target[row * stride] = source[row] }
    case .window(let start, let end):
      let starts = start.base
      let ends = end.base
      for row in 0..<count {
        target[row * stride] = StringView(head: UInt64(bitPattern: starts[row]), tail: UInt64(bitPattern: ends[row]))
      }
    }
    if let validity = column.validity {
      let valid = validity.base
      for row in 0..<count where valid[row] == 0 { target[row * stride] = Self.null }
    }
  }

  private static func normalised(_ value: Double) -> Double { value.isNaN ? .nan : (value == 0 ? 0 : value) }

  private func hash(count: Int) {
    let result = hashes.base
    if width == 0 {
      result.update(repeating: KeyHash.seed, count: count)
      return
    }
    for position in 0..<width {
      if case .string = columns[position].values {
        let heap = heaps[position]
        hash(position, count) { cell in
          cell.isInline || cell.head == .max
            ? KeyHash.mix(cell.head, cell.tail) : KeyHash.hash(heap + cell.offset, count: cell.count)
        }
      } else {
        hash(position, count) { KeyHash.mix($0.head, $0.tail) }
      }
    }
  }

  /// Mixes the hashes of one key column into those of the rows.
  @inline(__always)
  private func hash(_ position: Int, _ count: Int, _ hashOf: (StringView) -> UInt64) {
    let result = hashes.base
    let source = cells + position
    let stride = width
    if stride == 1 {
      for row in 0..<count { result[row] = hashOf(source[row]) }
    } else if position == 0 {
      for row in 0..<count { result[row] = hashOf(source[row &* stride]) }
    } else {
      for row in 0..<count { result[row] = KeyHash.mix(result[row], hashOf(source[row &* stride])) }
    }
  }
}

/// A fast hash of keys. Not for adversaries: a stream that attacks its own `GROUP BY` only slows itself.
///
/// Source: the 64×64→128-bit multiply-and-fold of Wang Yi's wyhash.
enum KeyHash {
  static let seed: UInt64 = 0x9E37_79B9_7F4A_7C15

  @inline(__always)
  static func mix(_ one: UInt64, _ two: UInt64) -> UInt64 {
    let product = (one ^ 0xA076_1D64_78BD_642F).multipliedFullWidth(by: two ^ 0xE703_7ED1_A0B4_28DB)
    return product.high ^ product.low
  }

  static func hash(_ bytes: UnsafePointer<UInt8>, count: Int) -> UInt64 {
    let raw = UnsafeRawPointer(bytes)
    var state = seed ^ UInt64(truncatingIfNeeded: count)
    var offset = 0
    while offset + 16 <= count {
      state = mix(
        state ^ raw.loadUnaligned(fromByteOffset: offset, as: UInt64.self),
        raw.loadUnaligned(fromByteOffset: offset + 8, as: UInt64.self))
      offset += 16
    }
    var rest: UInt64 = 0
    var shift: UInt64 = 0
    while offset < count {
      rest |= UInt64(bytes[offset]) << shift
      shift += 8
      offset += 1
      if shift == 64 {
        state = mix(state, rest)
        rest = 0
        shift = 0
      }
    }
    return mix(state, rest)
  }
}
