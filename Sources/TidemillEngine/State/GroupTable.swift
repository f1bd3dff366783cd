import TidemillColumns

/// The index of a group in a table and in every accumulator beside it: dense, from 0, in order of first sight.
typealias GroupIndex = UInt32

/// Keys and their dense group indices: an open-addressing hash table with linear probing.
///
/// Groups are never removed one by one; `compacted` makes a table of those that still matter. Panes are freed whole instead.
final class GroupTable {
  let width: Int
  /// Which key columns hold strings: only their cells can point to the heap.
  private let isString: [Bool]
  private(set) var count = 0
  /// `width` cells a group.
  private let cells: Buffer<StringView>
  private let heap: Buffer<UInt8>
  private let hashes: Buffer<UInt64>
  /// The upper half of the hash, then the group index + 1; 0 is free. Power-of-two many, at most 5/8 filled.
  private var slots: Buffer<UInt64>
  private var mask: UInt64

  init(keyTypes: [DataType], capacity: Int = 16) {
    width = keyTypes.count
    isString = keyTypes.map { $0 == .string }
    cells = Buffer(capacity: capacity * max(width, 1))
    heap = Buffer(capacity: 0)
    hashes = Buffer(capacity: capacity)
    var size = 32
    while size * 5 < capacity * 8 { size *= 2 }
    slots = Buffer(repeating: 0, count: size)
    mask = UInt64(size - 1)
  }

  var memoryUsed: Int { cells.bytes + heap.bytes + hashes.bytes + slots.bytes }

  /// Finds or adds the groups of rows.
  ///
  /// - Parameters:
  ///   - rows: which rows of `keys`; `nil` for the first `count`.
  ///   - groups: gets `count` group indices.
  /// - Complexity: O(count) expected.
  func assign(
    _ keys: KeyBatch, rows: UnsafePointer<UInt32>?, count: Int, into groups: UnsafeMutablePointer<GroupIndex>
  ) {
    probe(keys, rows: rows, count: count, into: groups, adding: true)
  }

  /// What `find` gives for a key that has no group.
  static let absent = GroupIndex.max

  /// Finds the groups of rows; `absent` where there is none.
  func find(
    _ keys: KeyBatch, rows: UnsafePointer<UInt32>?, count: Int, into groups: UnsafeMutablePointer<GroupIndex>
  ) {
    probe(keys, rows: rows, count: count, into: groups, adding: false)
  }

  @inline(__always)
  private func probe(
    _ keys: KeyBatch, rows: UnsafePointer<UInt32>?, count: Int, into groups: UnsafeMutablePointer<GroupIndex>,
    adding: Bool
  ) {
    let hashes = keys.hashes.base
    let source = keys.cells
    let width = width
    let onlyString = width == 1 && isString[0]
    let heapOfOnly = width == 1 ? keys.heaps[0] : nil
    var slots = slots.base
    var mask = mask
    for position in 0..<count {
      let row = rows.map { Int($0[position]) } ?? position
      let hash = hashes[row]
      let tag = hash >> 32
      var slot = hash & mask
      while true {
        let entry = slots[Int(slot)]
        if entry == 0 {
          guard adding else {
            groups[position] = Self.absent
            break
          }
          groups[position] = add(keys, row: row, hash: hash, at: Int(slot))
          slots = self.slots.base
          mask = self.mask
          break
        }
        if entry >> 32 == tag {
          let group = Int(entry & 0xFFFF_FFFF) - 1
          let isSame: Bool
          if width == 1 {
            let mine = cells.base[group]
            let theirs = source[row]
            if mine.head != theirs.head {
              isSame = false
            } else if onlyString, !mine.isInline, mine.head != .max {
              isSame = isEqual(heap.base + mine.offset, heapOfOnly! + theirs.offset, count: mine.count)
            } else {
              isSame = mine.tail == theirs.tail
            }
          } else {
            isSame = isEqual(group: group, to: keys, row: row)
          }
          if isSame {
            groups[position] = GroupIndex(truncatingIfNeeded: group)
            break
          }
        }
        slot = (slot + 1) & mask
      }
    }
  }

  private func isEqual(group: Int, to keys: KeyBatch, row: Int) -> Bool {
    for position in 0..<width {
      let mine = cells.base[group * width + position]
      let theirs = keys.cells[row * width + position]
      if mine.head != theirs.head { return false }
      if isString[position], !mine.isInline, mine.head != .max {
        if !isEqual(heap.base + mine.offset, keys.heaps[position] + theirs.offset, count: mine.count) { return false }
      } else if mine.tail != theirs.tail {
        return false
      }
    }
    return true
  }

  private func isEqual(_ one: UnsafePointer<UInt8>, _ two: UnsafePointer<UInt8>, count: Int) -> Bool {
    var offset = 0
    while offset + 8 <= count {
      if UnsafeRawPointer(one + offset).loadUnaligned(as: UInt64.self)
        != UnsafeRawPointer(two + offset).loadUnaligned(as: UInt64.self)
      {
        return false
      }
      offset += 8
    }
    while offset < count {
      if one[offset] != two[offset] { return false }
      offset += 1
    }
    return true
  }

  @inline(never)
  private func add(_ keys: KeyBatch, row: Int, hash: UInt64, at slot: Int) -> GroupIndex {
    precondition(count < Int(GroupIndex.max) - 1, "more than four thousand million groups in one table")
    for position in 0..<width {
      var cell = keys.cells[row * width + position]
      if isString[position], !cell.isInline, cell.head != .max {
        let offset = heap.count
        heap.append(contentsOf: keys.heaps[position] + cell.offset, count: cell.count)
        cell.tail = UInt64(truncatingIfNeeded: offset)
      }
      cells.append(cell)
    }
    hashes.append(hash)
    let group = count
    count += 1
    slots.base[slot] = (hash >> 32) << 32 | UInt64(group + 1)
    if count * 8 > slots.count * 5 { rehash(size: slots.count * 2) }
    return GroupIndex(truncatingIfNeeded: group)
  }

  private func rehash(size: Int) {
    slots = Buffer(repeating: 0, count: size)
    mask = UInt64(size - 1)
    let base = slots.base
    for group in 0..<count {
      let hash = hashes.base[group]
      var slot = hash & mask
      while base[Int(slot)] != 0 { slot = (slot + 1) & mask }
      base[Int(slot)] = (hash >> 32) << 32 | UInt64(group + 1)
    }
  }

  /// Finds or adds every group of another table with the same keys: its group i becomes `groups[i]`.
  func assign(groupsOf other: GroupTable, into groups: UnsafeMutablePointer<GroupIndex>, adding: Bool = true) {
    let keys = KeyBatch(borrowing: other.cells, heap: other.heap, hashes: other.hashes, width: width)
    probe(keys, rows: nil, count: other.count, into: groups, adding: adding)
  }

  /// The keys of `groups` as columns of the given types.
  func keyColumns(_ groups: UnsafePointer<GroupIndex>, count: Int, types: [DataType]) -> [Column] {
    types.enumerated().map { position, type in column(position, of: groups, count: count, type: type) }
  }

  private func column(_ position: Int, of groups: UnsafePointer<GroupIndex>, count: Int, type: DataType) -> Column {
    let source = cells.base + position
    let stride = width
    var validity: Buffer<UInt8>?
    func cell(_ row: Int) -> StringView { source[Int(groups[row]) * stride] }
    for row in 0..<count where cell(row).head == .max && cell(row).tail == KeyBatch.null.tail {
      if validity == nil { validity = Buffer(repeating: 1, count: count) }
      validity!.base[row] = 0
    }
    let values: Column.Values
    switch type.layout {
    case .int64:
      let buffer = Buffer<Int64>(repeating: 0, count: count)
      for row in 0..<count { buffer.base[row] = Int64(bitPattern: cell(row).head) }
      values = .int64(buffer)
    case .bytes:
      let buffer = Buffer<UInt8>(repeating: 0, count: count)
      for row in 0..<count { buffer.base[row] = UInt8(truncatingIfNeeded: cell(row).head) }
      values = .bytes(buffer)
    case .float64:
      let buffer = Buffer<Double>(repeating: 0, count: count)
      for row in 0..<count { buffer.base[row] = Double(bitPattern: cell(row).head) }
      values = .float64(buffer)
    case .int128:
      let buffer = Buffer<Int128>(repeating: 0, count: count)
      for row in 0..<count {
        let pair = cell(row)
        buffer.base[row] = Int128(truncatingIfNeeded: Int64(bitPattern: pair.tail)) << 64 | Int128(pair.head)
      }
      values = .int128(buffer)
    case .string:
      let storage = StringStorage(capacity: count)
      for row in 0..<count {
        let view = cell(row)
        if view.head == .max {
          storage.views.append(.empty)
        } else if view.isInline {
          storage.views.append(view)
        } else {
          storage.append(heap.base + view.offset, count: view.count)
        }
      }
      values = .string(storage)
    case .window:
      let starts = Buffer<Int64>(repeating: 0, count: count)
      let ends = Buffer<Int64>(repeating: 0, count: count)
      for row in 0..<count {
        starts.base[row] = Int64(bitPattern: cell(row).head)
        ends.base[row] = Int64(bitPattern: cell(row).tail)
      }
      values = .window(start: starts, end: ends)
    }
    return Column(type: type, count: count, values: values, validity: validity)
  }

  /// A table of the groups for which `keep` is true, in their order, and each old group's new index (`absent` if dropped).
  func compacted(types: [DataType], keep: (Int) -> Bool) -> (table: GroupTable, indices: [GroupIndex]) {
    let table = GroupTable(keyTypes: types)
    var indices = [GroupIndex](repeating: Self.absent, count: count)
    for group in 0..<count where keep(group) {
      indices[group] = GroupIndex(truncatingIfNeeded: table.count)
      for position in 0..<width {
        var cell = cells.base[group * width + position]
        if isString[position], !cell.isInline, cell.head != .max {
          let offset = table.heap.count
          table.heap.append(contentsOf: heap.base + cell.offset, count: cell.count)
          cell.tail = UInt64(truncatingIfNeeded: offset)
        }
        table.cells.append(cell)
      }
      table.hashes.append(hashes.base[group])
      table.count += 1
    }
    var size = 32
    while size * 5 < table.count * 8 { size *= 2 }
    table.rehash(size: size)
    return (table, indices)
  }

  func write(to writer: inout ByteWriter) {
    writer.write(varint: count)
    writer.write(cells)
    writer.write(heap)
    writer.write(hashes)
  }

  init(keyTypes: [DataType], reading reader: inout ByteReader) throws {
    width = keyTypes.count
    isString = keyTypes.map { $0 == .string }
    count = try reader.readVarint()
    cells = try reader.readBuffer()
    heap = try reader.readBuffer()
    hashes = try reader.readBuffer()
    guard hashes.count == count, cells.count == count * width else { throw CorruptBytes("a key table of \(count) groups") }
    for index in 0..<cells.count where isString[index % max(width, 1)] {
      let cell = cells.base[index]
      if !cell.isInline, cell.head != .max, cell.offset < 0 || cell.offset > heap.count - cell.count {
        throw CorruptBytes("a key beyond its heap")
      }
    }
    slots = Buffer(capacity: 1)
    mask = 0
    var size = 32
    while size * 5 < count * 8 { size *= 2 }
    rehash(size: size)
  }
}
