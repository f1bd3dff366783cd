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
  /// What the handlers and the run share.
  private final class Request: Sendable {
    struct State {
      var isMade = false
      var stop: (@Sendable () async -> Void)?
    }

    let state = Mutex(State())
  }

  private let request = Request()
  private let sources: [any DispatchSourceSignal]
  private static let numbers = [SIGINT, SIGTERM]

  init() {
    let queue = DispatchQueue(label: "tidemill.signals")
    let request = request
    sources = Self.numbers.map { number in
      _ = signal(number, SIG_IGN)
      let source = DispatchSource.makeSignalSource(signal: number, queue: queue)
      source.setEventHandler {
        let (isSecond, stop) = request.state.withLock { state in
          defer { state.isMade = true }
          return (state.isMade, state.stop)
        }
        if isSecond { _exit(ExitStatus.interrupted.rawValue) }
        if let stop { Task { await stop() } }
      }
      source.resume()
      return source
    }
  }

  /// Says how to stop; if that was asked for already, it is done now.
  func onRequest(_ stop: @escaping @Sendable () async -> Void) async {
    let isMade = request.state.withLock { state in
      state.stop = stop
      return state.isMade
    }
    if isMade { await stop() }
  }

  /// From now on the signals end the process, as they do by themselves.
  func end() {
    for source in sources { source.cancel() }
    for number in Self.numbers { _ = signal(number, SIG_DFL) }
  }
}
