import TidemillColumns

/// Brings the changes of an epoch into the form that sinks are promised: at most one change a key, none that changes nothing.
struct ChangeNormaliser {
  /// Ordinals that identify a row; `nil`: the whole row does.
  let key: [Int]?
  /// Whether a key may be forgotten and come again: what comes then does not say what it replaces.
  let forgetsKeys: Bool

  init(key: [Int]?, forgetsKeys: Bool = false) {
    self.key = key
    self.forgetsKeys = forgetsKeys
  }

  func normalise(_ changes: Batch) -> Batch {
    guard changes.weights != nil, changes.count > 0 else { return changes }
    let (groups, count) = groups(of: changes)
    return key == nil ? netOfRows(changes, groups, count) : lastOfKeys(changes, groups, count, keepsOld: false)
  }

  private func groups(of changes: Batch) -> (Buffer<GroupIndex>, count: Int) {
    let ordinals = key ?? Array(changes.columns.indices)
    let table = GroupTable(keyTypes: ordinals.map { changes.schema[$0].type }, capacity: changes.count)
    let keys = KeyBatch(width: ordinals.count)
    keys.load(ordinals.map { changes.columns[$0] }, count: changes.count)
    let groups = Buffer<GroupIndex>(repeating: 0, count: changes.count)
    table.assign(keys, rows: nil, count: changes.count, into: groups.base)
    return (groups, table.count)
  }

  // MARK: Over several epochs

  /// The difference that the changes of an epoch make: of each key what it was, as -1, and behind that what it is, as +1, each if
  /// there is any, and nothing if they are equal.
  func difference(_ changes: Batch) -> Batch {
    guard changes.weights != nil, changes.count > 0 else { return changes }
    let (groups, count) = groups(of: changes)
    return key == nil ? netOfRows(changes, groups, count) : lastOfKeys(changes, groups, count, keepsOld: true)
  }

  /// One difference of several that follow each other.
  func joined(_ differences: Batch) -> Batch {
    guard key != nil else { return normalise(differences) }
    guard differences.count > 0 else { return differences }
    let ends = ends(differences)
    var chosen: [Int] = []
    for (first, last) in ends {
      let isKnown = differences.weight(first) < 0
      let isThere = differences.weight(last) > 0
      switch (isKnown, isThere) {
      case (true, true): if !rowsAreEqual(differences, first, differences, last) { chosen += [first, last] }
      case (true, false): chosen.append(first)
      case (false, true): chosen.append(last)
      // Gone as it came; but what was forgotten and came again has left its first row with the sink.
      case (false, false): if forgetsKeys { chosen += [first, last] }
      }
    }
    return differences.selecting(chosen)
  }

  /// A difference as a sink gets it, which knows what was before.
  func delivered(_ difference: Batch) -> Batch {
    guard key != nil, difference.weights != nil, difference.count > 0 else { return difference }
    return difference.selecting(ends(difference).map(\.last))
  }

  /// The first and the last change of each key.
  private func ends(_ changes: Batch) -> [(first: Int, last: Int)] {
    let (groups, count) = groups(of: changes)
    var ends = [(first: Int, last: Int)](repeating: (-1, -1), count: count)
    for row in 0..<changes.count {
      let group = Int(groups.base[row])
      if ends[group].first < 0 { ends[group].first = row }
      ends[group].last = row
    }
    return ends
  }

  // MARK: In one epoch

  private func lastOfKeys(
    _ changes: Batch, _ groups: Buffer<GroupIndex>, _ count: Int, keepsOld: Bool
  ) -> Batch {
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
        if keepsOld, retracted[group] != none { chosen.append(retracted[group]) }
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
