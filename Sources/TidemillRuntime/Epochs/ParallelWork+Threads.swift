import Dispatch
import Synchronization
import TidemillEngine

extension ParallelWork {
  /// Work on as many threads as there are lanes, which have nothing to do while an epoch ends.
  static func threads(_ count: Int) -> ParallelWork {
    if count <= 1 { return .serial }
    return ParallelWork { pieces, body in
      let next = Atomic(0)
      withoutActuallyEscaping(body) { body in
        // Pieces have nothing in common, and all have run before this returns.
        nonisolated(unsafe) let body = body
        // Each thread takes the next piece: they are not alike.
        DispatchQueue.concurrentPerform(iterations: min(count, pieces)) { _ in
          while true {
            let piece = next.wrappingAdd(1, ordering: .relaxed).oldValue
            if piece >= pieces { return }
            body(piece)
          }
        }
      }
    }
  }
}
