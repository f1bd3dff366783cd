import TidemillColumns
import TidemillPlan

/// `COUNT(DISTINCT x)`: exact. One table holds the pairs (group, value) of all groups; a chain per group links its values, so
/// that groups merge and reset without a look at the others.
final class DistinctAccumulator: Accumulator {
  private let type: DataType
  private var pairs: GroupTable
  /// For each pair the next pair of its group; `GroupTable.absent` at the end.
  private let next = Buffer<GroupIndex>(capacity: 16)
  /// For each pair the group it belongs to; `GroupTable.absent` when that was reset.
  private let owners = Buffer<GroupIndex>(capacity: 16)
  /// For each group its first pair.
  private let first = Buffer<GroupIndex>(capacity: 16)
  private let counts = Buffer<Int64>(capacity: 16)
  private var dropped = 0
  private let scratchKeys = KeyBatch(width: 2)
  private let scratchPairs = Buffer<GroupIndex>(capacity: 16)

  init(type: DataType) {
    self.type = type
    pairs = GroupTable(keyTypes: [.bigint, type])
  }

  override func extend(to count: Int) {
    first.resize(to: count, filling: GroupTable.absent)
    counts.resize(to: count, filling: 0)
  }

  override func update(_ input: AccumulatorInput, column: Column?) {
    precondition(input.weights == nil, "count distinct cannot take back rows; the resolver refuses that")
    var chosen: [Int] = []
    let owners = Buffer<Int64>(capacity: input.count)
    chosen.reserveCapacity(input.count)
    input.forEach { row, group, _ in
      chosen.append(row)
      owners.append(Int64(group))
    }
    add(column!.selecting(chosen), to: owners)
  }

  /// Adds value i to group `groups[i]`.
  private func add(_ values: Column, to groups: Buffer<Int64>) {
    let count = groups.count
    guard count > 0 else { return }
    scratchKeys.load([Column(type: .bigint, count: count, values: .int64(groups)), values], count: count)
    scratchPairs.reserve(count)
    pairs.assign(scratchKeys, rows: nil, count: count, into: scratchPairs.base)
    for index in 0..<count {
      let pair = scratchPairs.base[index]
      // Pairs are dense in order of first sight: one that is not linked yet is new.
      if Int(pair) == next.count {
        let group = Int(groups.base[index])
        next.append(first.base[group])
        owners.append(GroupIndex(truncatingIfNeeded: group))
        first.base[group] = pair
        counts.base[group] += 1
      } else if owners.base[Int(pair)] == GroupTable.absent {
        // The group was reset and its index serves anew: the old pair comes back to life.
        let group = Int(groups.base[index])
        owners.base[Int(pair)] = GroupIndex(truncatingIfNeeded: group)
        next.base[Int(pair)] = first.base[group]
        first.base[group] = pair
        counts.base[group] += 1
        dropped -= 1
      }
    }
  }

  override func merge(
    _ other: Accumulator, from: UnsafePointer<GroupIndex>, into: UnsafePointer<GroupIndex>, count: Int
  ) {
    let other = unsafeDowncast(other, to: DistinctAccumulator.self)
    let theirs = Buffer<GroupIndex>(capacity: count)
    let groups = Buffer<Int64>(capacity: count)
    for index in 0..<count {
      var pair = other.first.base[Int(from[index])]
      while pair != GroupTable.absent {
        theirs.append(pair)
        groups.append(Int64(into[index]))
        pair = other.next.base[Int(pair)]
      }
    }
    let values = other.pairs.keyColumns(theirs.base, count: theirs.count, types: [.bigint, type])[1]
    add(values, to: groups)
  }

  override func reset(_ group: Int) {
    var pair = first.base[group]
    while pair != GroupTable.absent {
      owners.base[Int(pair)] = GroupTable.absent
      dropped += 1
      pair = next.base[Int(pair)]
    }
    first.base[group] = GroupTable.absent
    counts.base[group] = 0
    if dropped > 1024, dropped * 2 > pairs.count { compact() }
  }

  /// Forgets the pairs of groups that were reset.
  private func compact() {
    let (table, indices) = pairs.compacted(types: [.bigint, type]) { self.owners.base[$0] != GroupTable.absent }
    let oldOwners = owners.elements
    pairs = table
    next.count = 0
    owners.count = 0
    for group in 0..<first.count { first.base[group] = GroupTable.absent }
    for (old, new) in indices.enumerated() where new != GroupTable.absent {
      let owner = oldOwners[old]
      next.append(first.base[Int(owner)])
      owners.append(owner)
      first.base[Int(owner)] = new
    }
    dropped = 0
  }

  override func emit(
    _ function: AggregateFunction, as type: DataType, groups: UnsafePointer<GroupIndex>, count: Int
  ) throws -> Column {
    let result = Buffer<Int64>(repeating: 0, count: count)
    for index in 0..<count { result.base[index] = counts.base[Int(groups[index])] }
    return Column(type: type, count: count, values: .int64(result))
  }

  override func write(to writer: inout ByteWriter) {
    pairs.write(to: &writer)
    writer.write(owners)
    writer.write(varint: first.count)
  }

  override func restore(from reader: inout ByteReader, groups: Int) throws {
    pairs = try GroupTable(keyTypes: [.bigint, type], reading: &reader)
    let stored: Buffer<GroupIndex> = try reader.readBuffer()
    guard stored.count == pairs.count, try reader.readVarint() == groups else {
      throw CorruptBytes("\(stored.count) owners for \(pairs.count) pairs")
    }
    extend(to: groups)
    for pair in 0..<stored.count {
      let owner = stored.base[pair]
      owners.append(owner)
      next.append(GroupTable.absent)
      if owner == GroupTable.absent {
        dropped += 1
        continue
      }
      guard Int(owner) < groups else { throw CorruptBytes("a pair of group \(owner) of \(groups)") }
      next.base[pair] = first.base[Int(owner)]
      first.base[Int(owner)] = GroupIndex(truncatingIfNeeded: pair)
      counts.base[Int(owner)] += 1
    }
  }

  override var memoryUsed: Int { pairs.memoryUsed + next.bytes + owners.bytes + first.bytes + counts.bytes }
}
