import TidemillColumns

/// Brings changes into the rows of a file.
struct RowMerge {
  /// The changes of an epoch, of the columns that are stored.
  let changes: Batch
  /// How many of them are changes; the others are rows that only move here.
  let changeCount: Int
  /// Ordinals of the key; `nil`: rows have none, and each is taken back by an equal one.
  let key: [Int]?
  /// Of the key's columns, or of all when there is no key.
  let hashes: Buffer<UInt64>

  private var columns: [Int] { key ?? Array(changes.schema.fields.indices) }

  init(_ changes: Batch, changeCount: Int, key: [Int]?) {
    self.changes = changes
    self.changeCount = changeCount
    self.key = key
    hashes = RowHash.of((key ?? Array(changes.schema.fields.indices)).map { changes.columns[$0] }, count: changes.count)
  }

  /// The file's rows after the changes.
  ///
  /// - Parameters:
  ///   - old: the rows before.
  ///   - rows: numbers of the changes that concern the file; new rows among them go there.
  ///   - elsewhere: numbers of changes that concern it, too, but whose new rows go to another file.
  /// - Returns: `nil` when nothing changes.
  func merged(into old: Batch, rows: [UInt32], elsewhere: [UInt32] = []) -> Batch? {
    let mine = columns.map { changes.columns[$0] }
    let theirs = columns.map { old.columns[$0] }
    let table = RowTable(mine, hashes: hashes, capacity: rows.count + elsewhere.count)
    // How many rows like this one go: for a key all that there are.
    var pending: [Int: Int] = [:]
    for row in rows + elsewhere where Int(row) < changeCount {
      if key != nil {
        _ = table.add(Int(row))
      } else if changes.weight(Int(row)) < 0 {
        pending[table.add(Int(row)), default: 0] += 1
      }
    }
    let oldHashes = RowHash.of(theirs, count: old.count)
    var kept: [UInt32] = []
    kept.reserveCapacity(old.count)
    for row in 0..<old.count {
      if let found = table.find(oldHashes.base[row], theirs, row) {
        if key != nil { continue }
        if let count = pending[found], count > 0 {
          pending[found] = count - 1
          continue
        }
      }
      kept.append(UInt32(truncatingIfNeeded: row))
    }
    var new: [UInt32] = []
    for row in rows where changes.weight(Int(row)) > 0 {
      if key == nil, let found = table.find(hashes.base[Int(row)], mine, Int(row)),
        let count = pending[found], count > 0
      {
        // Brought and taken back in one epoch.
        pending[found] = count - 1
        continue
      }
      new.append(row)
    }
    if kept.count == old.count, new.isEmpty { return nil }
    return Batch.concatenating([old.taking(kept), changes.taking(new).withoutWeights], schema: old.schema)
  }
}

extension Batch {
  var withoutWeights: Batch { weights == nil ? self : Batch(schema: schema, count: count, columns: columns) }
}
