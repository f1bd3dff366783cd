#if Server
  import Synchronization

  /// Bytes that requests may have in memory, all together.
  final class Allowance: Sendable {
    /// What one request has of it, for as long as this lives.
    final class Share: Sendable {
      private let allowance: Allowance
      private let bytes = Mutex(0)

      fileprivate init(_ allowance: Allowance) { self.allowance = allowance }

      deinit {
        let bytes = bytes.withLock { $0 }
        allowance.used.withLock { $0 -= bytes }
      }

      /// - Returns: whether there were so many left.
      func take(_ count: Int) -> Bool {
        let isThere = allowance.used.withLock { used in
          if used + count > allowance.limit { return false }
          used += count
          return true
        }
        if isThere { bytes.withLock { $0 += count } }
        return isThere
      }
    }

    private let limit: Int
    private let used = Mutex(0)

    init(_ limit: Int) { self.limit = limit }

    func share() -> Share { Share(self) }

    var usedBytes: Int { used.withLock { $0 } }
  }
#endif
