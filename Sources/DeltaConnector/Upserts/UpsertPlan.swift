import DeltaLog
import TidemillColumns

/// Which files an epoch's changes concern.
struct UpsertPlan {
  /// A file to rewrite, or one to make.
  struct Change: Sendable {
    var partition: Partition
    var place: Placement
    /// The file that is there.
    var unit: TableUnit?
    /// Numbers of the changes whose rows belong there.
    var rows: [UInt32] = []
    /// Numbers of changes that concern it although their rows belong to another file.
    var elsewhere: [UInt32] = []
  }

  private(set) var changes: [Change] = []
  private var ofFile: [String: Int] = [:]

  /// - Parameters:
  ///   - batch: rows of the result.
  ///   - hashes: of their keys.
  ///   - smallest: rows that are worth a file of their own; neighbouring windows with fewer share one.
  init(
    _ batch: Batch, hashes: Buffer<UInt64>, _ layout: DeltaLayout, _ units: TableUnits, smallest: Int,
    table: String
  ) throws {
    var columns = layout.partitions.map { $0.values(of: batch, zone: layout.zone) }
    let starts = layout.window.map { batch.columns[layout.storedSources[$0]].windowStarts }
    if let starts { columns.append(starts) }
    let groups = RowGroups(columns, count: batch.count)
    var homeless: [Partition: [(start: Int64, rows: [UInt32])]] = [:]
    for group in 0..<groups.count {
      let row = groups.representatives[group]
      let partition = try layout.partition(of: row, columns, table: table)
      let start = starts.map { $0.int64[row] } ?? 0
      let candidates = units[partition].units.filter { $0.place.starts.contains(start) }
      let rows = groups.rows(group)
      if candidates.isEmpty {
        homeless[partition, default: []].append((start, rows))
      } else if candidates.count == 1, candidates[0].place.bits == 0 {
        add(rows, to: candidates[0], partition)
      } else {
        spread(rows, over: candidates, partition, start: starts == nil ? nil : start, hashes)
      }
    }
    for partition in homeless.keys.sorted(by: { "\($0)".utf8.lexicographicallyPrecedes("\($1)".utf8) }) {
      let new = homeless[partition]!.sorted { $0.start < $1.start }
      settle(new, partition, among: units[partition].units, hasWindows: starts != nil, smallest: smallest)
    }
  }

  private mutating func change(_ unit: TableUnit, _ partition: Partition) -> Int {
    if let index = ofFile[unit.file.path] { return index }
    ofFile[unit.file.path] = changes.count
    changes.append(Change(partition: partition, place: unit.place, unit: unit))
    return changes.count - 1
  }

  private mutating func add(_ rows: [UInt32], to unit: TableUnit, _ partition: Partition) {
    let index = change(unit, partition)
    changes[index].rows += rows
  }

  /// Rows of one start, over files with parts of its keys each.
  private mutating func spread(
    _ rows: [UInt32], over units: [TableUnit], _ partition: Partition, start: Int64?, _ hashes: Buffer<UInt64>
  ) {
    var byUnit: [[UInt32]] = Array(repeating: [], count: units.count)
    var elsewhere: [[UInt32]] = Array(repeating: [], count: units.count)
    var free: [Placement: [UInt32]] = [:]
    for row in rows {
      let hash = hashes.base[Int(row)]
      var isHome = true
      for (index, unit) in units.enumerated() where unit.place.holds(hash: hash) {
        if isHome { byUnit[index].append(row) } else { elsewhere[index].append(row) }
        isHome = false
      }
      if isHome { free[Self.freePlace(hash, start, beside: units), default: []].append(row) }
    }
    for (index, unit) in units.enumerated() where !byUnit[index].isEmpty || !elsewhere[index].isEmpty {
      let change = change(unit, partition)
      changes[change].rows += byUnit[index]
      changes[change].elsewhere += elsewhere[index]
    }
    for (place, rows) in free.sorted(by: { ($0.key.bits, $0.key.prefix) < ($1.key.bits, $1.key.prefix) }) {
      changes.append(Change(partition: partition, place: place, rows: rows))
    }
  }

  /// The largest place for a key that is in none of these.
  private static func freePlace(_ hash: UInt64, _ start: Int64?, beside units: [TableUnit]) -> Placement {
    let starts = start.map { $0...$0 } ?? Placement.everything.starts
    for bits in 1..<Placement.mostBits {
      let prefix = hash >> UInt64(64 - bits)
      let isTaken = units.contains { unit in
        unit.place.bits >= bits ? unit.place.prefix >> UInt64(unit.place.bits - bits) == prefix : unit.place.holds(hash: hash)
      }
      if !isTaken { return Placement(starts: starts, bits: bits, prefix: prefix) }
    }
    return Placement(
      starts: starts, bits: Placement.mostBits, prefix: hash >> UInt64(64 - Placement.mostBits))
  }

  /// New windows: files of their own where they have rows enough, else together with their neighbours.
  private mutating func settle(
    _ new: [(start: Int64, rows: [UInt32])], _ partition: Partition, among units: [TableUnit], hasWindows: Bool, smallest: Int
  ) {
    var current: Change?
    for (start, rows) in new {
      let own = hasWindows ? start...start : Placement.everything.starts
      if var change = current {
        let joint = change.place.starts.lowerBound...own.upperBound
        let isApart = units.contains { $0.place.starts.overlaps(joint) }
        if change.rows.count < smallest, rows.count < smallest, !isApart {
          change.place.starts = joint
          change.rows += rows
          current = change
          continue
        }
        changes.append(change)
      }
      current = Change(partition: partition, place: Placement(starts: own, bits: 0, prefix: 0), rows: rows)
    }
    if let current { changes.append(current) }
  }
}
