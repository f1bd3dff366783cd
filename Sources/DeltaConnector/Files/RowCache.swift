import Synchronization
import TidemillColumns

/// Rows of files that were read or written last, so that they need not be read again. Forgets the longest unused first.
final class RowCache: Sendable {
  private struct Entry {
    var rows: Batch
    var bytes: Int
    var lastUse: UInt64
  }

  private struct State {
    var entries: [String: Entry] = [:]
    var bytes = 0
    var clock: UInt64 = 0
  }

  private let limit: Int
  private let state = Mutex(State())

  /// - Parameter limit: in bytes of memory.
  init(limit: Int) { self.limit = limit }

  var bytes: Int { state.withLock { $0.bytes } }

  func rows(_ path: String) -> Batch? {
    state.withLock { state in
      guard state.entries[path] != nil else { return nil }
      state.clock += 1
      state.entries[path]?.lastUse = state.clock
      return state.entries[path]?.rows
    }
  }

  func keep(_ rows: Batch, of path: String) {
    let bytes = rows.memoryUsed
    if bytes > limit { return }
    state.withLock { state in
      Self.forget(path, &state)
      state.clock += 1
      state.entries[path] = Entry(rows: rows, bytes: bytes, lastUse: state.clock)
      state.bytes += bytes
      while state.bytes > limit, let oldest = state.entries.min(by: { $0.value.lastUse < $1.value.lastUse })?.key {
        Self.forget(oldest, &state)
      }
    }
  }

  func forget(_ path: String) { state.withLock { Self.forget(path, &$0) } }

  private static func forget(_ path: String, _ state: inout State) {
    if let entry = state.entries.removeValue(forKey: path) { state.bytes -= entry.bytes }
  }
}
