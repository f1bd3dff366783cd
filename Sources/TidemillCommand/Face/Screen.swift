import Dispatch
import Synchronization
import Tidemill

/// Lines at the bottom of a terminal that are drawn again and again in place.
final class Screen: @unchecked Sendable {
  // The timer is made once and only cancelled later, which any thread may do.

  /// Gives the lines to show, for a terminal of this size.
  typealias Content = @Sendable (_ rows: Int, _ columns: Int) -> [String]

  private struct State {
    var drawn = 0
    var isScheduled = false
    var lastDrawn = ContinuousClock.now - .seconds(1)
    /// At least this long between two pictures, so that drawing never takes much of a core.
    var pause = Duration.milliseconds(50)
    var hasEnded = false
  }

  private let terminal: Terminal
  private let write: @Sendable ([UInt8]) -> Void
  private let content: Content
  private let state = Mutex(State())
  private let queue = DispatchQueue(label: "tidemill.screen")
  private let timer: any DispatchSourceTimer

  init(_ terminal: Terminal, write: @escaping @Sendable ([UInt8]) -> Void, content: @escaping Content) {
    self.terminal = terminal
    self.write = write
    self.content = content
    timer = DispatchSource.makeTimerSource(queue: queue)
    timer.schedule(deadline: .now() + .milliseconds(500), repeating: .milliseconds(500))
    timer.setEventHandler { [weak self] in self?.draw() }
    timer.resume()
  }

  deinit { timer.cancel() }

  /// Has the picture drawn again soon.
  func setNeedsDisplay() {
    let delay: Duration? = state.withLock { state in
      guard !state.isScheduled, !state.hasEnded else { return nil }
      state.isScheduled = true
      return max(.zero, state.lastDrawn + state.pause - .now)
    }
    guard let delay else { return }
    queue.asyncAfter(deadline: .now() + .microseconds(delay.wholeMicroseconds)) { self.draw() }
  }

  /// Draws a last time, with this content or as before; without content only erases. Nothing is drawn afterwards.
  func end(_ last: Content?) {
    queue.sync {
      timer.cancel()
      draw(last ?? { _, _ in [] }, isLast: true)
    }
  }

  func end() { end(content) }

  private func draw() { draw(content, isLast: false) }

  private func draw(_ content: Content, isLast: Bool) {
    let drawn: Int? = state.withLock { state in
      if state.hasEnded { return nil }
      state.isScheduled = false
      state.hasEnded = isLast
      return state.drawn
    }
    guard let drawn else { return }
    let began = ContinuousClock.now
    let size = terminal.size
    let lines = content(size.rows, size.columns)
    // Lines never wrap, so that going up as many lines as were drawn leads back to the first.
    var text = "\u{1B}[?7l"
    if drawn > 0 { text += "\u{1B}[\(drawn)A" }
    text += "\r"
    for line in lines { text += line + "\u{1B}[0m\u{1B}[K\n" }
    text += "\u{1B}[J\u{1B}[?7h"
    write(Array(text.utf8))
    let now = ContinuousClock.now
    state.withLock { state in
      state.drawn = min(lines.count, size.rows - 1)
      state.lastDrawn = now
      state.pause = max(.milliseconds(50), (now - began) * 5)
    }
  }
}

extension Duration {
  var wholeMicroseconds: Int {
    Int(components.seconds) * 1_000_000 + Int(components.attoseconds / 1_000_000_000_000)
  }
}
