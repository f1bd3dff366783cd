import Dispatch
import Synchronization

/// Does pieces of work at the same time, on as many threads as there are lanes.
enum Concurrently {
  /// The results, in the order of the pieces.
  ///
  /// - Throws: what the first piece that failed threw; pieces that had not begun are left out.
  static func map<Result: Sendable>(
    _ count: Int, lanes: Int, _ body: @Sendable (Int) throws -> Result
  ) throws -> [Result] {
    if lanes <= 1 || count <= 1 { return try (0..<count).map(body) }
    let state = Mutex((next: 0, results: [Int: Result](), failure: (any Error)?.none))
    DispatchQueue.concurrentPerform(iterations: min(lanes, count)) { _ in
      while true {
        let piece = state.withLock { state -> Int? in
          if state.failure != nil || state.next == count { return nil }
          defer { state.next += 1 }
          return state.next
        }
        guard let piece else { return }
        do {
          let result = try body(piece)
          state.withLock { $0.results[piece] = result }
        } catch {
          state.withLock { $0.failure = $0.failure ?? error }
        }
      }
    }
    return try state.withLock { state in
      if let failure = state.failure { throw failure }
      return (0..<count).map { state.results[$0]! }
    }
  }
}
