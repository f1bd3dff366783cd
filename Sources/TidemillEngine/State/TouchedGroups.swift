import TidemillColumns

/// Counts the groups that an epoch adds or changes, each once.
final class TouchedGroups {
  private var marks: [PaneKey: Buffer<UInt8>] = [:]
  private(set) var count = 0

  /// Takes note of groups of a pane.
  func note(_ groups: UnsafePointer<GroupIndex>, count: Int, of key: PaneKey, in pane: Pane) {
    let marks = marks[key] ?? Buffer(capacity: pane.groups.count)
    self.marks[key] = marks
    if marks.count < pane.groups.count { marks.resize(to: pane.groups.count, filling: 0) }
    let base = marks.base
    var fresh = 0
    for index in 0..<count {
      let group = Int(groups[index])
      fresh &+= 1 &- Int(base[group])
      base[group] = 1
    }
    self.count += fresh
  }
}
