#if Kafka
  #if canImport(Darwin)
    import Darwin
  #elseif canImport(Musl)
    import Musl
  #else
    import Glibc
  #endif

  /// Places at which a test can make the process die, to see what the next one does: `TIDEMILL_KAFKA_DIE=beforeCommit:3` kills it
  /// when it comes there for the third time. Only in debug builds.
  enum FailPoint: String {
    case afterRows, beforeCommit, afterCommit

    #if DEBUG
      private static let wanted: (point: FailPoint, times: Int)? = {
        guard let text = getenv("TIDEMILL_KAFKA_DIE").map({ String(cString: $0) }) else { return nil }
        let parts = text.split(separator: ":")
        guard parts.count == 2, let point = FailPoint(rawValue: String(parts[0])), let times = Int(parts[1]) else { return nil }
        return (point, times)
      }()
      private nonisolated(unsafe) static var seen = 0

      static func reached(_ point: FailPoint) {
        guard let wanted, wanted.point == point else { return }
        seen += 1
        if seen == wanted.times { kill(getpid(), SIGKILL) }
      }
    #else
      static func reached(_ point: FailPoint) {}
    #endif
  }
#endif
