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

    let limit: Int
    private let used = Mutex(0)

    init(_ limit: Int) { self.limit = limit }

    func share() -> Share { Share(self) }

    /// What an answer takes.
    ///
    /// - Throws: `Problem` when there are not so many left.
    func share(_ count: Int) throws -> Share {
      let share = Share(self)
      guard share.take(count) else {
        throw Problem(
          .serviceUnavailable, "Too many answers", "answers that wait for their clients have as many bytes as this server lets"
        ).retry(after: 1)
      }
      return share
    }

    var usedBytes: Int { used.withLock { $0 } }
  }
#endif
