import TidemillColumns

/// Brings the changes of an epoch into the form that sinks are promised: at most one change a key, none that changes nothing.
struct ChangeNormaliser {
  /// Ordinals that identify a row; `nil`: the whole row does.
  let key: [Int]?

  func normalise(_ changes: Batch) -> Batch {
    guard changes.weights != nil, changes.count > 0 else { return changes }
    let ordinals = key ?? Array(changes.columns.indices)
    let table = GroupTable(keyTypes: ordinals.map { changes.schema[$0].type }, capacity: changes.count)
    let keys = KeyBatch(width: ordinals.count)
    keys.load(ordinals.map { changes.columns[$0] }, count: changes.count)
    let groups = Buffer<GroupIndex>(repeating: 0, count: changes.count)
    table.assign(keys, rows: nil, count: changes.count, into: groups.base)
    return key == nil ? netOfRows(changes, groups, table.count) : lastOfKeys(changes, groups, table.count)
  }

  private func lastOfKeys(_ changes: Batch, _ groups: Buffer<GroupIndex>, _ count: Int) -> Batch {
    let none = -1
    var inserted = [Int](repeating: none, count: count)
    var retracted = [Int](repeating: none, count: count)
    for row in 0..<changes.count {
      let group = Int(groups.base[row])
      if changes.weight(row) > 0 { inserted[group] = row } else if retracted[group] == none { retracted[group] = row }
    }
    var chosen: [Int] = []
    for group in 0..<count {
      if inserted[group] == none {
        chosen.append(retracted[group])
      } else if retracted[group] == none || !rowsAreEqual(changes, inserted[group], changes, retracted[group]) {
        chosen.append(inserted[group])
      }
    }
    return changes.selecting(chosen)
  }

  private func netOfRows(_ changes: Batch, _ groups: Buffer<GroupIndex>, _ count: Int) -> Batch {
    var net = [Int](repeating: 0, count: count)
    for row in 0..<changes.count { net[Int(groups.base[row])] += changes.weight(row) }
    var chosen: [Int] = []
    for row in 0..<changes.count {
      let group = Int(groups.base[row])
      // As many rows of the net weight's sign as its size.
      if net[group] != 0, (net[group] > 0) == (changes.weight(row) > 0) {
        chosen.append(row)
        net[group] -= net[group] > 0 ? 1 : -1
      }
    }
    return changes.selecting(chosen)
  }
}
