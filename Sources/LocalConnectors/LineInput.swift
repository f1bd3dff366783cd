import Dispatch
import Synchronization
import TidemillColumns
import TidemillConnectors

/// The lines that have come in and are still in memory, filled by a thread that reads, emptied by the source.
final class LineInput: Sendable {
  /// A run of whole lines; grown until a slice has named some of it.
  struct Block: Sendable {
    /// The offset in the input.
    var start: Int
    var bytes: [UInt8]
    /// The number of the first line in this run of the program, from 1.
    var line: Int
    /// Where the spool has it.
    var segment: Int

    var end: Int { start + bytes.count }
  }

  private struct State: Sendable {
    var blocks: [Block] = []
    var header: [UInt8] = []
    var end: Int
    /// How far slices have been taken; what lies beyond is read ahead.
    var taken: Int
    var nextLine = 1
    var hasEnded = false
    var failure: (any Error)?
    var isClosed = false
    var readerWaits = false
    /// The offset of each block and its first line, for messages.
    var lines: [(offset: Int, line: Int)] = []
  }

  /// Where this run of the program begins in the input; before it lies what an earlier run left in the spool.
  let start: Int
  private let readAheadLimit: Int
  private let state: Mutex<State>
  private let room = DispatchSemaphore(value: 0)
  let signal = InputSignal()

  private static let blockSize = 1 << 20

  init(start: Int, readAheadLimit: Int) {
    self.start = start
    self.readAheadLimit = readAheadLimit
    state = Mutex(State(end: start, taken: start))
  }

  // MARK: The reading thread's side

  /// Waits until there is room for more; `false` when nobody wants it any more.
  func waitForRoom() -> Bool {
    while true {
      let (isClosed, hasRoom) = state.withLock { state in
        let hasRoom = state.end - state.taken < readAheadLimit
        state.readerWaits = !hasRoom && !state.isClosed
        return (state.isClosed, hasRoom)
      }
      if isClosed { return false }
      if hasRoom { return true }
      room.wait()
    }
  }

  /// Says that the input begins with a header of these bytes, its line end included.
  func begin(header: [UInt8]) {
    state.withLock {
      $0.header = header
      $0.nextLine = 2
      $0.end += header.count
    }
  }

  var end: Int { state.withLock { $0.end } }
  var header: [UInt8] { state.withLock { $0.header } }

  func append(_ lines: ArraySlice<UInt8>, segment: Int) {
    var count = 0
    for byte in lines where byte == newline { count += 1 }
    append(lines, count: count, segment: segment) { Array(lines) }
  }

  /// The same for lines that were counted and that nobody else will change: many are not copied.
  func append(_ lines: [UInt8], count: Int, segment: Int) {
    append(lines[...], count: count, segment: segment) { lines }
  }

  private func append(_ lines: ArraySlice<UInt8>, count: Int, segment: Int, whole: () -> [UInt8]) {
    state.withLock { state in
      let last = state.blocks.count - 1
      if last >= 0, lines.count < Self.blockSize / 2, state.blocks[last].start >= state.taken,
        state.blocks[last].bytes.count < Self.blockSize, state.blocks[last].segment == segment,
        state.blocks[last].end == state.end
      {
        state.blocks[last].bytes.append(contentsOf: lines)
      } else {
        state.blocks.append(Block(start: state.end, bytes: whole(), line: state.nextLine, segment: segment))
        state.lines.append((state.end, state.nextLine))
      }
      state.end += lines.count
      state.nextLine += count
    }
    signal.notify()
  }

  func finish(_ failure: (any Error)? = nil) {
    state.withLock {
      $0.hasEnded = true
      $0.failure = failure
    }
    signal.notify()
  }

  // MARK: The source's side

  func close() {
    state.withLock { $0.isClosed = true }
    room.signal()
  }

  var failure: (any Error)? { state.withLock { $0.failure } }

  /// Nothing more will come and everything has been taken.
  var isExhausted: Bool { state.withLock { $0.hasEnded && $0.failure == nil && $0.taken >= $0.end } }

  var hasNews: Bool { state.withLock { $0.hasEnded || $0.taken < $0.end } }

  func take(upTo offset: Int) {
    let mustWake = state.withLock { state in
      state.taken = max(offset, start)
      defer { state.readerWaits = false }
      return state.readerWaits
    }
    if mustWake { room.signal() }
  }

  /// The block in memory that has `offset`, or the next one.
  func block(from offset: Int) -> Block? { state.withLock { $0.blocks.first { $0.end > offset } } }

  /// Drops blocks that end before `offset` from memory.
  func drop(before offset: Int) {
    state.withLock { state in
      let gone = state.blocks.prefix { $0.end <= offset }.count
      state.blocks.removeFirst(gone)
    }
  }

  /// Forgets the line numbers of what lies before `offset`.
  func forgetLines(before offset: Int) {
    state.withLock { state in
      let kept = (state.lines.lastIndex { $0.offset <= offset }) ?? 0
      state.lines.removeFirst(min(kept, state.lines.count))
    }
  }

  /// A place at or before `offset` whose line is known.
  func lineMark(before offset: Int) -> (offset: Int, line: Int)? {
    state.withLock { state in state.lines.last { $0.offset <= offset } }
  }
}
