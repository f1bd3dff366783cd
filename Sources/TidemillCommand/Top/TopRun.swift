#if Server
  import Synchronization
  import Tidemill

  /// Asks, and shows.
  enum TopRun {
    /// The last picture, and what came after it.
    private final class Board: Sendable {
      struct State {
        var picture: TopPicture
        var asked = ContinuousClock.now
        var trouble: String?
      }

      let state: Mutex<State>

      init(_ picture: TopPicture) { state = Mutex(State(picture: picture)) }

      func lines(rows: Int, columns: Int, hasColor: Bool) -> [String] {
        let state = state.withLock { $0 }
        let age = Int((ContinuousClock.now - state.asked).components.seconds)
        let text = TopText(picture: state.picture, trouble: state.trouble.map { ($0, age) }, hasColor: hasColor)
        return text.lines(rows: rows - 1, width: columns)
      }
    }

    static func printOnce(_ client: TopClient) async throws {
      let terminal = Terminal.standardOutput
      let picture: TopPicture
      do { picture = try await client.picture(limit: 20) } catch let wait as TopWait {
        throw TidemillError(.io, "\(client.address) has nothing to show yet: \(wait.words)", hint: "try again in a moment")
      }
      let text = TopText(picture: picture, hasColor: terminal.hasColor)
      let lines = text.lines(rows: nil, width: terminal.isTerminal ? terminal.size.columns : nil)
      try StandardOutput.shared.write(lines.joined(separator: "\n") + "\n")
    }

    private static func firstPicture(_ client: TopClient) async throws -> TopPicture {
      while true {
        do { return try await client.picture(limit: 100) } catch is TopWait { try await Task.sleep(for: .milliseconds(300)) }
      }
    }

    /// Until Ctrl-C. The first answer must come; a server that goes away later is waited for.
    static func watch(_ client: TopClient, on terminal: Terminal) async throws {
      let signals = StopSignals()
      defer { signals.end() }
      let asking = Task {
        let board = Board(try await firstPicture(client))
        let screen = Screen(terminal, write: { try? StandardOutput.shared.write($0) }) { rows, columns in
          board.lines(rows: rows, columns: columns, hasColor: terminal.hasColor)
        }
        defer { screen.end() }
        screen.setNeedsDisplay()
        while !Task.isCancelled {
          do {
            try await Task.sleep(for: .seconds(1))
            let picture = try await client.picture(limit: 100)
            board.state.withLock { $0 = Board.State(picture: picture) }
          } catch is CancellationError {
            break
          } catch {
            let words = (error as? TopWait)?.words ?? TidemillError(any: error).message
            board.state.withLock { $0.trouble = words }
          }
          screen.setNeedsDisplay()
        }
      }
      await signals.onRequest { asking.cancel() }
      do { try await asking.value } catch is CancellationError {}
    }
  }
#endif
