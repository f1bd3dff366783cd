import TidemillColumns
import TidemillPlan

/// Which slice of event time a pane holds, and from which window on its rows count.
///
/// Rows that came in time share one pane a slice. A row that was late for some windows of its slice lies in another pane of the
/// same slice with a later `firstEnd`, so that windows closed before it came are not touched by it.
struct PaneKey: Hashable {
  let start: Int64
  let firstEnd: Int64

  /// The one pane of an aggregation without windows.
  static let always = PaneKey(start: 0, firstEnd: .max)
}

/// Panes by their keys: what one lane gathered in an epoch, or the state of the whole query.
final class PaneSet {
  let shape: AggregationShape
  private(set) var keys: [PaneKey] = []
  private(set) var panes: [Pane] = []
  private var indices: [PaneKey: Int] = [:]

  init(_ shape: AggregationShape) { self.shape = shape }

  var isEmpty: Bool { panes.isEmpty }

  /// The pane of `key`, which is made, with room for `capacity` groups, when it is not there.
  func pane(of key: PaneKey, capacity: Int = 16) -> Pane {
    if let index = index(of: key) { return panes[index] }
    let pane = Pane(shape, capacity: capacity)
    append(pane, for: key)
    return pane
  }

  subscript(_ key: PaneKey) -> Pane? { index(of: key).map { panes[$0] } }

  /// Lanes mostly go on with the pane that they made last.
  private func index(of key: PaneKey) -> Int? {
    if let last = keys.last, last == key { return keys.count - 1 }
    return indices[key]
  }

  private func append(_ pane: Pane, for key: PaneKey) {
    indices[key] = panes.count
    keys.append(key)
    panes.append(pane)
  }

  /// Adds all panes of other sets, which must not be used any more: a pane that is not here is taken over as it is.
  func merge(_ others: [PaneSet], _ work: ParallelWork = .serial) {
    var positions: [PaneKey: Int] = [:]
    var merges: [(pane: Pane, others: [Pane])] = []
    var groups = 0
    for other in others {
      for (key, pane) in zip(other.keys, other.panes) {
        guard let index = indices[key] else {
          append(pane, for: key)
          continue
        }
        groups += pane.groups.count
        if let position = positions[key] {
          merges[position].others.append(pane)
        } else {
          positions[key] = merges.count
          merges.append((panes[index], [pane]))
        }
      }
    }
    // Panes have nothing in common; for a few groups threads are not worth waking.
    nonisolated(unsafe) let pieces = merges
    let work = groups < Self.manyGroups ? .serial : work
    work.run(pieces.count) { index in
      for other in pieces[index].others { pieces[index].pane.merge(other) }
    }
  }

  private static let manyGroups = 4096

  /// Drops the panes for which `isDone` holds.
  ///
  /// - Returns: those panes.
  @discardableResult
  func removeAll(where isDone: (PaneKey) -> Bool) -> [Pane] {
    guard keys.contains(where: isDone) else { return [] }
    let old = zip(keys, panes).map { ($0, $1) }
    removeAll()
    var removed: [Pane] = []
    for (key, pane) in old {
      if isDone(key) { removed.append(pane) } else { append(pane, for: key) }
    }
    return removed
  }

  func removeAll() {
    keys = []
    panes = []
    indices = [:]
  }

  var groupCount: Int { panes.reduce(0) { $0 + $1.groups.count } }

  var memoryUsed: Int { panes.reduce(0) { $0 + $1.memoryUsed } }

  func write(to writer: inout ByteWriter) {
    writer.write(varint: panes.count)
    for (key, pane) in zip(keys, panes) {
      writer.write(key.start)
      writer.write(key.firstEnd)
      pane.write(to: &writer)
    }
  }

  func read(from reader: inout ByteReader) throws {
    for _ in 0..<(try reader.readVarint()) {
      let key = PaneKey(start: try reader.read(), firstEnd: try reader.read())
      append(try Pane(shape, reading: &reader), for: key)
    }
  }
}
