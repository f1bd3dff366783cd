import HeapModule
import TidemillColumns

/// When sessions end: at most one live entry a session, however often it grows.
///
/// A session that has grown keeps its old entry; when that comes up, it is put back with the end that the session has by then.
struct SessionDeadlines {
  private struct Entry: Comparable {
    let end: Int64
    let session: SessionIndex

    static func < (left: Entry, right: Entry) -> Bool { (left.end, left.session) < (right.end, right.session) }
  }

  private var heap = Heap<Entry>()
  /// For each session the end in its live entry; `Int64.max` without one.
  private let scheduled = Buffer<Int64>(capacity: 16)

  /// Says that a session ends at `end`, or not before.
  ///
  /// - Complexity: O(1) for a session that only grew; else O(log sessions).
  mutating func schedule(_ session: SessionIndex, end: Int64) {
    scheduled.resize(to: max(scheduled.count, Int(session) + 1), filling: .max)
    guard end < scheduled.base[Int(session)] else { return }
    scheduled.base[Int(session)] = end
    heap.insert(Entry(end: end, session: session))
  }

  /// An end before which no session ends.
  var earliest: Int64? { heap.min?.end }

  /// Takes out the sessions of `set` for which `closes` holds of their end.
  mutating func popClosing(of set: SessionSet, _ closes: (Int64) -> Bool) -> [SessionIndex] {
    var closing: [SessionIndex] = []
    while let first = heap.min, closes(first.end) {
      heap.removeMin()
      guard scheduled.base[Int(first.session)] == first.end else { continue }
      scheduled.base[Int(first.session)] = .max
      guard set.key(first.session) != SessionSet.none else { continue }
      let end = set.end(first.session)
      if closes(end) { closing.append(first.session) } else { schedule(first.session, end: end) }
    }
    return closing
  }

  var memoryUsed: Int { heap.count * MemoryLayout<Entry>.stride + scheduled.bytes }
}
