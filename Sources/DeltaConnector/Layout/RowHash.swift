import TidemillColumns
import TidemillFiles

/// Hashes of rows by some of their columns, the same in every process and on every machine: files are laid out by them.
enum RowHash {
  /// The hash of each row; equal rows have equal ones.
  static func of(_ columns: [Column], count: Int) -> Buffer<UInt64> {
    let hashes = Buffer<UInt64>(repeating: 0x9E37_79B9_7F4A_7C15, count: count)
    for column in columns { add(column, to: hashes.base) }
    return hashes
  }

  private static let ofNull: UInt64 = 0xD6E8_FEB8_6659_FD93

  private static func add(_ column: Column, to hashes: UnsafeMutablePointer<UInt64>) {
    let count = column.count
    let validity = column.validity?.base
    @inline(__always) func each(_ value: (Int) -> UInt64) {
      for row in 0..<count {
        let part = validity.map { $0[row] == 0 } ?? false ? ofNull : value(row)
        hashes[row] = mix(hashes[row] ^ part) &+ 0x9E37_79B9_7F4A_7C15
      }
    }
    switch column.values {
    case .bytes(let buffer):
      let values = buffer.base
      each { UInt64(values[$0]) }
    case .int64(let buffer):
      let values = buffer.base
      each { UInt64(bitPattern: values[$0]) }
    case .float64(let buffer):
      let values = buffer.base
      each { canonical(values[$0]) }
    case .int128(let buffer):
      let values = buffer.base
      each { UInt64(truncatingIfNeeded: values[$0]) ^ mix(UInt64(truncatingIfNeeded: values[$0] >> 64)) }
    case .string(let storage): each { row in storage.withBytes(row) { Checksum.of(UnsafeRawBufferPointer($0)) } }
    case .window(let start, let end):
      let (starts, ends) = (start.base, end.base)
      each { UInt64(bitPattern: starts[$0]) ^ mix(UInt64(bitPattern: ends[$0])) }
    }
  }

  @inline(__always)
  private static func mix(_ value: UInt64) -> UInt64 {
    var mixed = value
    mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
    return mixed ^ (mixed >> 31)
  }

  /// All that are no number are one.
  @inline(__always)
  fileprivate static func canonical(_ value: Double) -> UInt64 {
    value.isNaN ? 0x7FF8_0000_0000_0000 : value.bitPattern
  }
}

extension Column {
  /// Whether a row equals a row of another column of this type; NULL equals NULL.
  func isEqual(_ row: Int, to other: Column, row otherRow: Int) -> Bool {
    let isNull = isNull(row)
    if isNull || other.isNull(otherRow) { return isNull == other.isNull(otherRow) }
    switch (values, other.values) {
    case (.bytes(let left), .bytes(let right)): return left.base[row] == right.base[otherRow]
    case (.int64(let left), .int64(let right)): return left.base[row] == right.base[otherRow]
    case (.float64(let left), .float64(let right)):
      return RowHash.canonical(left.base[row]) == RowHash.canonical(right.base[otherRow])
    case (.int128(let left), .int128(let right)): return left.base[row] == right.base[otherRow]
    case (.string(let left), .string(let right)): return left.isEqual(row, to: right, row: otherRow)
    case (.window(let start, let end), .window(let otherStart, let otherEnd)):
      return start.base[row] == otherStart.base[otherRow] && end.base[row] == otherEnd.base[otherRow]
    default: preconditionFailure("a \(type) column compared with one of \(other.type)")
    }
  }
}

/// Finds rows of one batch by their keys.
///
/// Open addressing over the rows' hashes; the rows must have different keys, or `add` says which row has the key already.
struct RowTable {
  private let columns: [Column]
  private let mask: Int
  // Their memory is taken once: each row of a batch is looked for.
  private let slotBuffer: Buffer<Int32>
  private let slots: UnsafeMutablePointer<Int32>
  private let hashBuffer: Buffer<UInt64>
  private let hashes: UnsafeMutablePointer<UInt64>

  /// - Parameters:
  ///   - hashes: of all rows of the batch.
  ///   - count: how many rows will be added at most.
  init(_ columns: [Column], hashes: Buffer<UInt64>, capacity count: Int) {
    self.columns = columns
    hashBuffer = hashes
    self.hashes = hashes.base
    var size = 16
    while size < count * 2 { size *= 2 }
    mask = size - 1
    slotBuffer = Buffer(repeating: -1, count: size)
    slots = slotBuffer.base
  }

  /// Adds a row, unless there is one of its key.
  ///
  /// - Returns: the row of its key.
  func add(_ row: Int) -> Int {
    var slot = Int(truncatingIfNeeded: hashes[row]) & mask
    while slots[slot] >= 0 {
      let other = Int(slots[slot])
      if hashes[other] == hashes[row], isEqual(other, columns, row) { return other }
      slot = (slot + 1) & mask
    }
    slots[slot] = Int32(truncatingIfNeeded: row)
    return row
  }

  /// The row whose key is that of a row of other columns of the same types; `nil` when there is none.
  func find(_ hash: UInt64, _ others: [Column], _ otherRow: Int) -> Int? {
    var slot = Int(truncatingIfNeeded: hash) & mask
    while slots[slot] >= 0 {
      let row = Int(slots[slot])
      if hashes[row] == hash, isEqual(row, others, otherRow) { return row }
      slot = (slot + 1) & mask
    }
    return nil
  }

  private func isEqual(_ row: Int, _ others: [Column], _ otherRow: Int) -> Bool {
    for index in columns.indices where !columns[index].isEqual(row, to: others[index], row: otherRow) { return false }
    return true
  }
}
