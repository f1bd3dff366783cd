import Dispatch
import Synchronization
import TidemillColumns
import TidemillConnectors
import TidemillFiles

/// Takes pushes from any number of tasks and writes what has gathered as one group: one sync for all of it.
final class PushWriter: Sendable {
  /// A push that waits to be written.
  struct Push: Sendable {
    var lines: [UInt8]
    /// Of the lines, with the last line end.
    var size: Int
    var records: Int
    var key: [UInt8]?
    var done: CheckedContinuation<Outcome, any Error>
  }

  enum Outcome: Sendable {
    case written
    case duplicate
    /// Another push with the same key has ended, and what became of it is to be looked up.
    case settled
  }

  private struct State: Sendable {
    var pending: [Push] = []
    var isWriting = false
    var hasEnded = false
    var keys: PushKeys
    /// For each key that is being written those who wait for it.
    var inFlight: [[UInt8]: [CheckedContinuation<Outcome, any Error>]] = [:]
    /// Bytes that are being written.
    var reserved = 0
    /// How far epochs have taken the input; `nil` before the first was asked for.
    var taken: Int?
    var finishing: [CheckedContinuation<Void, Never>] = []
  }

  /// About how many bytes are written at once.
  private static let groupSize = 8 << 20

  private let name: String
  private let input: LineInput
  private let spool: PushSpool?
  private let limit: Int
  private let state: Mutex<State>
  private let thread = DispatchQueue(label: "tidemill.pushes")

  init(name: String, input: LineInput, spool: PushSpool?, keys: PushKeys, limit: Int) {
    self.name = name
    self.input = input
    self.spool = spool
    self.limit = limit
    state = Mutex(State(keys: keys))
  }

  // MARK: Those who push

  func push(_ lines: [UInt8], key: String?) async throws -> PushReceipt {
    let key = try key.map(checked)
    let records = countRecords(lines)
    let size = lines.last == newline ? lines.count : lines.count + 1
    while true {
      let outcome: Outcome = try await withCheckedThrowingContinuation { done in
        var result: Result<Outcome, any Error>?
        let mustStart = state.withLock { state in
          result = Self.answer(records, size, key, state, waiting: waiting(state), limit: limit)
          if result != nil { return false }
          if let key, state.inFlight[key] != nil {
            state.inFlight[key]!.append(done)
            return false
          }
          if let key { state.inFlight[key] = [] }
          state.pending.append(Push(lines: lines, size: size, records: records, key: key, done: done))
          state.reserved += size
          defer { state.isWriting = true }
          return !state.isWriting
        }
        if let result { done.resume(with: result) }
        if mustStart { thread.async { self.writeAll() } }
      }
      switch outcome {
      case .written where records == 0: return PushReceipt(lines: 0, bytes: 0, isDuplicate: false, isDurable: spool != nil)
      case .written: return PushReceipt(lines: records, bytes: size, isDuplicate: false, isDurable: spool != nil)
      case .duplicate: return PushReceipt(lines: 0, bytes: 0, isDuplicate: true, isDurable: spool != nil)
      case .settled: continue
      }
    }
  }

  /// What can be said of a push without writing it.
  private static func answer(
    _ records: Int, _ size: Int, _ key: [UInt8]?, _ state: State, waiting: Int, limit: Int
  ) -> Result<Outcome, any Error>? {
    if state.hasEnded { return .failure(PushRefusal.ended) }
    if let key, state.keys.contains(key) { return .success(.duplicate) }
    if records == 0 { return .success(.written) }
    if let key, state.inFlight[key] != nil { return nil }
    // One that is larger than all that may wait is let in when nothing does.
    if waiting > 0, waiting + size > limit { return .failure(PushRefusal.full(retryAfter: 1)) }
    return nil
  }

  private func checked(_ key: String) throws -> [UInt8] {
    let bytes = Array(key.utf8)
    guard (1...PushKeys.longest).contains(bytes.count) else {
      throw TidemillError(
        .badInput, "the key of a push into \(name) has \(bytes.count) bytes",
        hint: "a key has 1 to \(PushKeys.longest) bytes; a UUID will do")
    }
    return bytes
  }

  private func waiting(_ state: borrowing State) -> Int {
    state.reserved + input.end - min(state.taken ?? input.start, input.end)
  }

  var waitingBytes: Int { state.withLock { waiting($0) } }

  // MARK: The source

  /// Says that epochs have taken what lies before `offset`.
  func take(upTo offset: Int) { state.withLock { $0.taken = offset } }

  func keys(before offset: Int) -> [[UInt8]] { state.withLock { $0.keys.entries(before: offset).map(\.key) } }

  /// Refuses pushes from now on; those that are being written are written.
  func end() { state.withLock { $0.hasEnded = true } }

  /// Returns when nothing is being written any more.
  func finish() async {
    await withCheckedContinuation { done in
      let isDone = state.withLock { state in
        if state.isWriting { state.finishing.append(done) }
        return !state.isWriting
      }
      if isDone { done.resume() }
    }
    spool?.close()
  }

  // MARK: The thread that writes

  private func writeAll() {
    while let group = takeGroup() {
      do { settle(group, try write(group)) } catch { fail(group, error) }
    }
  }

  /// The pushes to be written next; `nil` when there are none, and the thread has nothing more to do.
  private func takeGroup() -> [Push]? {
    let (group, finishing): ([Push], [CheckedContinuation<Void, Never>]) = state.withLock { state in
      var size = 0
      let count = state.pending.prefix { push in
        defer { size += push.size }
        return size == 0 || size + push.size <= Self.groupSize
      }.count
      let group = Array(state.pending.prefix(count))
      state.pending.removeFirst(count)
      if !group.isEmpty { return (group, []) }
      state.isWriting = false
      defer { state.finishing = [] }
      return ([], state.finishing)
    }
    for done in finishing { done.resume() }
    return group.isEmpty ? nil : group
  }

  /// - Returns: where in the input each of the pushes lies.
  private func write(_ group: [Push]) throws -> [Int] {
    let lines = Self.lines(of: group)
    var offsets: [Int] = []
    var at = input.end
    for push in group {
      offsets.append(at)
      at += push.size
    }
    // On disk first: what a slice names must be there after a crash.
    let segment =
      try spool?.append(
        lines, zip(group, offsets).compactMap { push, offset in push.key.map { .init(key: $0, offset: offset) } })
    input.append(lines, count: group.reduce(0) { $0 + $1.records }, segment: segment ?? 0)
    return offsets
  }

  private static func lines(of group: [Push]) -> [UInt8] {
    if group.count == 1, group[0].size == group[0].lines.count { return group[0].lines }
    let size = group.reduce(0) { $0 + $1.size }
    return [UInt8](unsafeUninitializedCapacity: size) { buffer, filled in
      for push in group {
        push.lines.withUnsafeBufferPointer { lines in
          UnsafeMutableRawBufferPointer(rebasing: UnsafeMutableRawBufferPointer(buffer)[filled...]).copyMemory(
            from: .init(lines))
          filled += lines.count
          if lines.count < push.size {
            buffer[filled] = newline
            filled += 1
          }
        }
      }
    }
  }

  private func settle(_ group: [Push], _ offsets: [Int]) {
    let waiters = state.withLock { state in
      var waiters: [CheckedContinuation<Outcome, any Error>] = []
      for (push, offset) in zip(group, offsets) {
        state.reserved -= push.size
        guard let key = push.key else { continue }
        state.keys.add(key, at: offset)
        waiters += state.inFlight.removeValue(forKey: key) ?? []
      }
      return waiters
    }
    for push in group { push.done.resume(returning: .written) }
    for waiter in waiters { waiter.resume(returning: .settled) }
  }

  private func fail(_ group: [Push], _ error: any Error) {
    let waiters = state.withLock { state in
      var waiters: [CheckedContinuation<Outcome, any Error>] = []
      for push in group {
        state.reserved -= push.size
        if let key = push.key { waiters += state.inFlight.removeValue(forKey: key) ?? [] }
      }
      return waiters
    }
    let error = (error as? FileError).map(explained) ?? error
    for push in group { push.done.resume(throwing: error) }
    for waiter in waiters { waiter.resume(returning: .settled) }
  }

  private func explained(_ error: FileError) -> any Error {
    TidemillError(
      .io, "what was pushed into \(name) cannot be kept: \(error)",
      hint: error.isDiskFull
        ? "make room on the disk and push it again"
        : "mend that and push it again, with its key: without one it may count twice",
      isRetryable: true)
  }
}
