import TidemillColumns

/// The text of the last window of a column: results come window by window, so most rows repeat the one before.
struct WindowText {
  /// The longest that a window can get with what stands around it.
  static let longest = 2 * TimestampWriter.longest + 32

  private let memory = Buffer<UInt8>(capacity: longest + ByteSink.slack)
  private let text: UnsafeMutablePointer<UInt8>
  private var length = 0
  private var start = Int64.min
  private var end = Int64.min

  init() { text = memory.base }

  /// Writes the window: as the last time if it is the same, else by `render`. Asks for `longest` bytes of room beforehand.
  @inline(__always)
  mutating func write(_ start: Int64, _ end: Int64, to sink: inout ByteSink, _ render: (inout ByteSink) -> Void) {
    if start == self.start, end == self.end, length > 0 { return sink.write(padded: text, length) }
    let from = sink.cursor
    render(&sink)
    length = sink.cursor - from
    text.update(from: from, count: length)
    self.start = start
    self.end = end
  }
}

/// The texts of all windows of a row, in one place.
final class WindowTexts {
  let base: UnsafeMutablePointer<WindowText>
  private let count: Int

  init(count: Int) {
    self.count = count
    base = .allocate(capacity: max(count, 1))
    for index in 0..<count { (base + index).initialize(to: WindowText()) }
  }

  deinit {
    base.deinitialize(count: count)
    base.deallocate()
  }
}
