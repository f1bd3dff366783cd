import TidemillColumns
import TidemillPlan

/// A static table as one join looks things up in it: its rows' values, and which rows each key has.
///
/// Nothing changes once it is made, so that lanes share it.
final class JoinTable: @unchecked Sendable {
  let join: TableJoin
  /// What rows get: the values of all rows of the table.
  let values: [Column]
  private let groups: GroupTable
  /// The rows of the table by key. Of a table in which no key comes twice, the row of each key.
  private let rows: Buffer<UInt32>
  /// Where in `rows` the rows of each key begin, and at last where they end; `nil` when no key comes twice.
  private let starts: Buffer<UInt32>?
  private let ownValueBytes: Int
  /// Bytes that the rows may take which a batch becomes.
  let byteLimit: Int

  /// What stands for no row.
  static let absent = UInt32.max

  /// Runs the table's own steps and finds its keys.
  ///
  /// - Parameters:
  ///   - table: all rows, with the columns that the join reads among its own.
  ///   - byteLimit: bytes that the rows may take which a batch becomes.
  /// - Complexity: O(rows) expected.
  init(_ join: TableJoin, _ table: Batch, _ evaluator: ExpressionEvaluator, byteLimit: Int) {
    self.join = join
    self.byteLimit = byteLimit
    let side = join.side
    var batch = Batch(
      schema: side.scanSchema, count: table.count,
      columns: side.scanSchema.fields.map { field in
        guard let ordinal = table.schema.fields.firstIndex(where: { $0.name == field.name }) else {
          preconditionFailure("table \(side.table.name) is read without column \(field.name), which a join needs")
        }
        return table.columns[ordinal]
      })
    var ownValueBytes = 0
    for stage in side.stages {
      switch stage {
      case .filter(let condition): batch = batch.filtered(by: condition, evaluator)
      case .project(let items): batch = batch.projected(items, evaluator)
      case .deduplicate, .join, .aggregate, .topN:
        preconditionFailure("the resolver lets a table's side of a join be filtered and projected only")
      }
      // Columns that are the table's own are counted with it.
      ownValueBytes = batch.columns.reduce(0) { $0 + (table.hasMemory(of: $1) ? 0 : $1.memoryUsed) }
    }
    self.ownValueBytes = ownValueBytes
    values = Array(batch.columns[..<side.valueCount])
    let keyColumns = Array(batch.columns[side.valueCount...])
    groups = GroupTable(keyTypes: keyColumns.map(\.type), capacity: batch.count)
    let keyed = Self.rowsWithKeys(keyColumns, count: batch.count)
    let keys = KeyBatch(width: keyColumns.count)
    keys.load(keyColumns, count: batch.count)
    let groupOfRow = Buffer<GroupIndex>(capacity: keyed.count)
    groups.assign(keys, rows: keyed.base, count: keyed.count, into: groupOfRow.base)
    if groups.count == keyed.count {
      // Groups come in the order of their rows.
      (rows, starts) = (keyed, nil)
    } else {
      (rows, starts) = Self.sorted(keyed, by: groupOfRow.base, groups: groups.count)
    }
  }

  /// Bytes of memory, without columns that are the table's own.
  var memoryUsed: Int { groups.memoryUsed + rows.bytes + (starts?.bytes ?? 0) + ownValueBytes }

  /// Rows with a NULL in their key are equal to nothing.
  private static func rowsWithKeys(_ keys: [Column], count: Int) -> Buffer<UInt32> {
    let rows = Buffer<UInt32>(capacity: count)
    let target = rows.base
    let validities = keys.compactMap(\.validity)
    var kept = 0
    for row in 0..<count {
      target[kept] = UInt32(truncatingIfNeeded: row)
      kept &+= validities.isEmpty || validities.allSatisfy { $0.base[row] != 0 } ? 1 : 0
    }
    rows.count = kept
    return rows
  }

  /// The rows by group, those of one group in their order.
  private static func sorted(
    _ rows: Buffer<UInt32>, by groupOfRow: UnsafePointer<GroupIndex>, groups: Int
  ) -> (Buffer<UInt32>, Buffer<UInt32>) {
    let starts = Buffer<UInt32>(repeating: 0, count: groups + 1)
    let ends = starts.base
    for position in 0..<rows.count { ends[Int(groupOfRow[position])] &+= 1 }
    var total: UInt32 = 0
    for group in 0..<groups { (ends[group], total) = (total, total &+ ends[group]) }
    ends[groups] = total
    let sorted = Buffer<UInt32>(repeating: 0, count: rows.count)
    let next = Buffer(starts.elements)
    for position in 0..<rows.count {
      let group = Int(groupOfRow[position])
      sorted.base[Int(next.base[group])] = rows.base[position]
      next.base[group] &+= 1
    }
    return (sorted, starts)
  }

  /// Finds the rows of the table whose key is each row's.
  ///
  /// - Parameters:
  ///   - keys: the key columns of the rows, of the types of the table's.
  ///   - keepsAll: whether rows without a match come as well, once, with `absent`.
  /// - Returns: pairs of a row and a row of the table, in the order of the rows; `nil` when there would be more than `limit`.
  /// - Complexity: O(count + matches) expected.
  func matches(_ keys: [Column], count: Int, keepsAll: Bool, limit: Int) -> JoinMatches? {
    let batch = KeyBatch(width: keys.count)
    batch.load(keys, count: count)
    let found = Buffer<GroupIndex>(capacity: count)
    groups.find(batch, rows: nil, count: count, into: found.base)
    guard let ends = starts else { return uniqueMatches(found.base, count: count, keepsAll: keepsAll) }
    let (groupOfRow, starts, rows) = (found.base, ends.base, rows.base)
    var total = 0
    for row in 0..<count {
      let group = groupOfRow[row]
      total &+= group == GroupTable.absent ? (keepsAll ? 1 : 0) : Int(starts[Int(group) &+ 1] &- starts[Int(group)])
    }
    if total > limit { return nil }
    let matches = JoinMatches(capacity: total)
    let (left, right) = (matches.left.base, matches.right.base)
    var next = 0
    for row in 0..<count {
      let group = groupOfRow[row]
      if group == GroupTable.absent {
        if keepsAll {
          left[next] = UInt32(truncatingIfNeeded: row)
          right[next] = Self.absent
          next &+= 1
        }
        continue
      }
      for position in Int(starts[Int(group)])..<Int(starts[Int(group) &+ 1]) {
        left[next] = UInt32(truncatingIfNeeded: row)
        right[next] = rows[position]
        next &+= 1
      }
    }
    matches.setCount(next)
    return matches
  }

  private func uniqueMatches(_ groupOfRow: UnsafePointer<GroupIndex>, count: Int, keepsAll: Bool) -> JoinMatches {
    let matches = JoinMatches(capacity: count)
    let (left, right, rows) = (matches.left.base, matches.right.base, rows.base)
    var next = 0
    for row in 0..<count {
      let group = groupOfRow[row]
      let isFound = group != GroupTable.absent
      left[next] = UInt32(truncatingIfNeeded: row)
      right[next] = isFound ? rows[Int(group)] : Self.absent
      next &+= isFound || keepsAll ? 1 : 0
    }
    matches.setCount(next)
    return matches
  }
}

extension Batch {
  /// Whether a column is one of this batch's.
  fileprivate func hasMemory(of column: Column) -> Bool { columns.contains { $0.sharesValues(with: column) } }
}

extension Column {
  /// Whether both have the same values in memory.
  func sharesValues(with other: Column) -> Bool {
    switch (values, other.values) {
    case (.bytes(let mine), .bytes(let theirs)): mine === theirs
    case (.int64(let mine), .int64(let theirs)): mine === theirs
    case (.float64(let mine), .float64(let theirs)): mine === theirs
    case (.int128(let mine), .int128(let theirs)): mine === theirs
    case (.string(let mine), .string(let theirs)): mine === theirs
    case (.window(let mine, _), .window(let theirs, _)): mine === theirs
    default: false
    }
  }
}
