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
  @exclusivity(unchecked) private(set) var count = 0
  /// For one key column: how many groups there may be before `add` must make room for more.
  @exclusivity(unchecked) private var limit = 0
  /// `width` cells a group.
  let cells: Buffer<StringView>
  let heap: Buffer<UInt8>
  let hashes: Buffer<UInt64>
  /// The upper half of the hash, then the group index + 1; 0 is free. Power-of-two many, at most 3/4 filled.
  private var slots: Buffer<UInt64>
  private var mask: UInt64

  init(keyTypes: [DataType], capacity: Int = 16) {
    width = keyTypes.count
    isString = keyTypes.map { $0 == .string }
    cells = Buffer(capacity: capacity * max(width, 1))
    heap = Buffer(capacity: 0)
    hashes = Buffer(capacity: capacity)
    let size = Self.slotCount(capacity)
    slots = Buffer(repeating: 0, count: size)
    mask = UInt64(size - 1)
    setLimit()
  }

  /// How many slots are needed for `count` groups.
  private static func slotCount(_ count: Int) -> Int {
    var size = 32
    while size / 4 * 3 < count { size *= 2 }
    return size
  }

  var memoryUsed: Int { cells.bytes + heap.bytes + hashes.bytes + slots.bytes }

  /// Finds or adds the groups of rows.
  ///
  /// - Parameters:
  ///   - rows: which rows of `keys`; `nil` for the `count` from `first` on.
  ///   - groups: gets `count` group indices.
  /// - Complexity: O(count) expected.
  func assign(
    _ keys: KeyBatch, rows: UnsafePointer<UInt32>?, first: Int = 0, count: Int,
    into groups: UnsafeMutablePointer<GroupIndex>
  ) {
    probe(keys, rows: rows, first: first, count: count, into: groups, adding: true)
  }

  /// What `find` gives for a key that has no group.
  static let absent = GroupIndex.max

  /// Finds the groups of rows; `absent` where there is none.
  func find(
    _ keys: KeyBatch, rows: UnsafePointer<UInt32>?, first: Int = 0, count: Int,
    into groups: UnsafeMutablePointer<GroupIndex>
  ) {
    probe(keys, rows: rows, first: first, count: count, into: groups, adding: false)
  }

  @inline(__always)
  private func probe(
    _ keys: KeyBatch, rows: UnsafePointer<UInt32>?, first: Int, count: Int,
    into groups: UnsafeMutablePointer<GroupIndex>, adding: Bool
  ) {
    if width == 1 {
      if let rows {
        probeOne(keys, first: 0, count: count, into: groups, adding: adding) { Int(rows[$0]) }
      } else {
        probeOne(keys, first: first, count: count, into: groups, adding: adding) { $0 }
      }
    } else {
      probeMany(keys, rows: rows, first: first, count: count, into: groups, adding: adding)
    }
  }

  /// One key column, by far the most usual: a cell is compared as two words.
  ///
  /// The loop holds what it needs for keys that lie whole in their cells, so that nearly all of it stays in registers.
  @inline(__always)
  private func probeOne(
    _ keys: KeyBatch, first: Int, count: Int, into groups: UnsafeMutablePointer<GroupIndex>, adding: Bool,
    row rowOf: (Int) -> Int
  ) {
    let hashes = keys.hashes.base + first
    let source = keys.cells + first
    // A longer string is not all there is in its cell; NULL goes the long way, too.
    let longest = isString[0] ? UInt64(StringView.inlineCapacity) : UInt64(UInt32.max)
    var slots = slots.base
    var mask = mask
    var cells = cells.base
    var known = self.count
    rows: for position in 0..<count {
      let row = rowOf(position)
      let hash = hashes[row]
      let cell = source + row
      let head = cell.pointee.head
      if UInt64(truncatingIfNeeded: UInt32(truncatingIfNeeded: head)) <= longest {
        let tail = cell.pointee.tail
        var slot = hash & mask
        while true {
          let entry = slots[Int(truncatingIfNeeded: slot)]
          // The entry of group i holds i + 1, and a free one 0.
          if (entry ^ hash) >> 32 == 0, _fastPath(entry != 0) {
            let group = Int(truncatingIfNeeded: entry & 0xFFFF_FFFF) &- 1
            if cells[group].head == head, cells[group].tail == tail {
              groups[position] = GroupIndex(truncatingIfNeeded: group)
              continue rows
            }
          } else if entry == 0 {
            guard adding else {
              groups[position] = Self.absent
              continue rows
            }
            guard known < limit else { break }
            cells[known] = StringView(head: head, tail: tail)
            self.hashes.base[known] = hash
            groups[position] = GroupIndex(truncatingIfNeeded: known)
            known &+= 1
            slots[Int(truncatingIfNeeded: slot)] = (hash & ~0xFFFF_FFFF) | UInt64(truncatingIfNeeded: known)
            continue rows
          }
          slot = (slot &+ 1) & mask
        }
      }
      setCount(known)
      groups[position] = probeLong(keys, row: first &+ row, hash: hash, adding: adding)
      known = self.count
      slots = self.slots.base
      mask = self.mask
      cells = self.cells.base
    }
    setCount(known)
  }

  /// Makes what was written behind the last group into groups.
  private func setCount(_ known: Int) {
    guard known > count else { return }
    count = known
    cells.count = known
    hashes.count = known
  }

  /// Finds or adds any key of one column, making room when there is none.
  @inline(never)
  private func probeLong(_ keys: KeyBatch, row: Int, hash: UInt64, adding: Bool) -> GroupIndex {
    let cell = keys.cells[row]
    let isLong = isString[0] && !cell.isInline && cell.head != .max
    let slots = slots.base
    let cells = cells.base
    let tag = hash >> 32
    var slot = hash & mask
    while true {
      let entry = slots[Int(slot)]
      if entry == 0 { break }
      if entry >> 32 == tag {
        let group = Int(entry & 0xFFFF_FFFF) &- 1
        let mine = cells[group]
        if mine.head == cell.head, mine.tail == cell.tail || isLong,
          !isLong || isEqual(heap.base + mine.offset, keys.heaps[0] + cell.offset, count: cell.count)
        {
          return GroupIndex(truncatingIfNeeded: group)
        }
      }
      slot = (slot &+ 1) & mask
    }
    return adding ? add(keys, row: row, hash: hash, at: Int(slot)) : Self.absent
  }

  private func probeMany(
    _ keys: KeyBatch, rows: UnsafePointer<UInt32>?, first: Int, count: Int,
    into groups: UnsafeMutablePointer<GroupIndex>, adding: Bool
  ) {
    let hashes = keys.hashes.base
    var slots = slots.base
    var mask = mask
    for position in 0..<count {
      let row = rows.map { Int($0[position]) } ?? first &+ position
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
          if isEqual(group: group, to: keys, row: row) {
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
    if count > slots.count / 4 * 3 { rehash(size: slots.count * 2) }
    setLimit()
    return GroupIndex(truncatingIfNeeded: group)
  }

  /// Until how many groups one can be added without a look at memory or slots.
  private func setLimit() { limit = min(cells.capacity, hashes.capacity, slots.count / 4 * 3, Int(GroupIndex.max) - 1) }

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
    probe(keys, rows: nil, first: 0, count: other.count, into: groups, adding: adding)
  }

  /// Finds or adds the listed groups of another table with the same keys.
  func assign(
    groupsOf other: GroupTable, list: UnsafePointer<GroupIndex>, count: Int, into groups: UnsafeMutablePointer<GroupIndex>
  ) {
    let keys = KeyBatch(borrowing: other.cells, heap: other.heap, hashes: other.hashes, width: width)
    probe(keys, rows: list, first: 0, count: count, into: groups, adding: true)
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
    table.rehash(size: Self.slotCount(table.count))
    table.setLimit()
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
    rehash(size: Self.slotCount(count))
    setLimit()
  }
}
