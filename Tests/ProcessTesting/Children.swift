import Foundation
import Synchronization

/// How tests start and end other programs.
public enum Children {
  public struct Problem: Error, CustomStringConvertible {
    public let description: String
  }

  private static let starting = Mutex<Void>(())

  /// Starts a program; all programs that tests start are started by this.
  ///
  /// - Parameter files: what only the program needs open, which is closed here, since Foundation keeps a process and all it has.
  public static func start(_ process: Process, closing files: [FileHandle?] = []) throws {
    defer { for file in files { try? file?.close() } }
    // One at a time: Foundation learns of a child's end by a socket that the child holds. One that another thread starts at the
    // same moment may inherit it, and the child then seems to run for as long as that one does, such as a server to the tests' end.
    try starting.withLock { _ in
      // Threads that tests run on may block signals, and children would inherit that.
      var none = sigset_t()
      var before = sigset_t()
      sigemptyset(&none)
      pthread_sigmask(SIG_SETMASK, &none, &before)
      defer { pthread_sigmask(SIG_SETMASK, &before, nil) }
      try process.run()
    }
  }

  /// Waits for the end of a program that was started, without holding a thread, of which tests have as few as there are cores.
  ///
  /// - Returns: its exit code; 128 and the signal's number if a signal ended it, as shells have it.
  /// - Throws: `Problem` when it takes too long; then it is killed.
  @discardableResult
  public static func end(of process: Process, within limit: Duration = .seconds(900)) async throws -> Int32 {
    let end = ContinuousClock.now + limit
    while process.isRunning {
      guard ContinuousClock.now < end else {
        kill(process.processIdentifier, SIGKILL)
        let words = [process.executableURL?.path ?? ""] + (process.arguments ?? [])
        throw Problem(description: "has not ended within \(limit): \(words.joined(separator: " "))")
      }
      try await Task.sleep(for: .milliseconds(2))
    }
    return process.terminationReason == .uncaughtSignal ? 128 + process.terminationStatus : process.terminationStatus
  }
}
