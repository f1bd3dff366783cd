import Dispatch
import Synchronization

#if canImport(Darwin)
  import Darwin
#elseif canImport(Musl)
  import Musl
#else
  import Glibc
#endif

/// Turns the first Ctrl-C or SIGTERM into a request to stop; the second ends the process at once.
final class StopSignals {
  private let sources: [any DispatchSourceSignal]
  private static let numbers = [SIGINT, SIGTERM]

  init(_ stop: @escaping @Sendable () async -> Void) {
    let queue = DispatchQueue(label: "tidemill.signals")
    let asked = Asked()
    sources = Self.numbers.map { number in
      _ = signal(number, SIG_IGN)
      let source = DispatchSource.makeSignalSource(signal: number, queue: queue)
      source.setEventHandler {
        if asked.before.exchange(true, ordering: .relaxed) { _exit(ExitStatus.interrupted.rawValue) }
        Task { await stop() }
      }
      source.resume()
      return source
    }
  }

  /// From now on the signals end the process, as they do by themselves.
  func end() {
    for source in sources { source.cancel() }
    for number in Self.numbers { _ = signal(number, SIG_DFL) }
  }

  private final class Asked: Sendable {
    let before = Atomic(false)
  }
}
