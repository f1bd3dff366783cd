import TidemillColumns
import TidemillConnectors
import TidemillEngine

/// The pieces of input that one epoch reads, of all its streams, and how far the lanes are with them.
///
/// `Lanes` guards everything that changes with its lock.
final class EpochReading: @unchecked Sendable {
  /// What the lanes do for one stream.
  struct Stream {
    let tasks: [any ReadTask]
    let queries: [LaneQuery]
    /// What each of the queries joins.
    let sides: [JoinSides]
  }

  /// Work for one lane. What it holds belongs to that lane until it is done.
  enum Work {
    case read(Int, any ReadTask)
    case order([Piece])
    case absorb(stream: Int, [PreparedBatch])
  }

  /// One batch of a task.
  struct Piece {
    let stream: Int
    let batches: [PreparedBatch]
    /// Bytes of the batch as it was read, and of what joins made of it.
    let size: Int
  }

  let queries: [[LaneQuery]]
  private let sides: [[JoinSides]]
  /// Rows with a later event time are rejected.
  let latest: EventTime
  let checkMemory: @Sendable (_ gathered: Int) throws -> Void

  /// All streams' tasks, one stream after the other.
  private let tasks: [(stream: Int, task: any ReadTask)]
  /// What is read and not yet in order, by task.
  private var prepared: [[Piece]]
  /// By task, whether it is read to its end.
  private var isRead: [Bool]
  /// What is left of tasks that give their rows in several batches.
  private var rests: [(index: Int, task: any ReadTask)] = []
  private var ordered: [(stream: Int, batches: [PreparedBatch])] = []
  private var nextTask = 0
  private var nextToOrder = 0
  private var isOrdering = false
  /// Bytes of batches that are read and not in order.
  private var heldBytes = 0
  /// Bytes that each lane has gathered.
  private var gathered: [Int]
  private var readings: [StreamReading]
  private var rejected: [Int: [RejectedRow]] = [:]

  /// Whether the epoch before is finished, so that rows may be put in order.
  var isOpen = false
  /// How many lanes are at work on it.
  var active = 0
  private(set) var failure: (any Error)?
  var continuation: CheckedContinuation<Void, Never>?

  /// How many bytes may be read before the epoch before is finished.
  private static let aheadLimit = 8 << 20
  /// How many bytes may wait for the order; then only what is next in order is read.
  private static let heldLimit = 64 << 20

  /// - Parameter checkMemory: is told how much the lanes hold of this epoch; ends it by throwing.
  init(
    _ streams: [Stream], latest: EventTime, lanes: Int, checkMemory: @escaping @Sendable (_ gathered: Int) throws -> Void
  ) {
    queries = streams.map(\.queries)
    sides = streams.map(\.sides)
    tasks = streams.enumerated().flatMap { stream, part in part.tasks.map { (stream, $0) } }
    self.latest = latest
    self.checkMemory = checkMemory
    prepared = Array(repeating: [], count: tasks.count)
    isRead = Array(repeating: false, count: tasks.count)
    gathered = Array(repeating: 0, count: lanes)
    readings = Array(repeating: StreamReading(), count: streams.count)
  }

  /// Whether no lane will touch it any more.
  var isDone: Bool { active == 0 && (failure != nil || nextToOrder == tasks.count && ordered.isEmpty) }

  /// How many lanes could find work now.
  var workCount: Int {
    guard failure == nil else { return 0 }
    let reads = rests.count { mayRead($0.index) } + (nextTask < tasks.count && mayRead(nextTask) ? tasks.count - nextTask : 0)
    return ordered.count + (canOrder ? 1 : 0) + reads
  }

  private var canOrder: Bool { isOpen && !isOrdering && nextToOrder < tasks.count && !prepared[nextToOrder].isEmpty }

  private func mayRead(_ index: Int) -> Bool {
    heldBytes < (isOpen ? Self.heldLimit : Self.aheadLimit) || isOpen && index == nextToOrder
  }

  /// The next thing to do: what is read soon leaves memory, so absorbing comes first and reading last.
  func takeWork() -> Work? {
    guard failure == nil else { return nil }
    // In order, so that with one lane groups stand in the order in which their first rows came.
    if !ordered.isEmpty {
      let (stream, batches) = ordered.removeFirst()
      return .absorb(stream: stream, batches)
    }
    if canOrder {
      isOrdering = true
      var run: [Piece] = []
      while nextToOrder < tasks.count {
        run += prepared[nextToOrder]
        prepared[nextToOrder] = []
        guard isRead[nextToOrder] else { break }
        nextToOrder += 1
      }
      return .order(run)
    }
    // Tasks that are begun before new ones, the first in order before others.
    if let first = rests.indices.min(by: { rests[$0].index < rests[$1].index }), mayRead(rests[first].index) {
      let rest = rests.remove(at: first)
      return .read(rest.index, rest.task)
    }
    guard nextTask < tasks.count, mayRead(nextTask) else { return nil }
    nextTask += 1
    return .read(nextTask - 1, tasks[nextTask - 1].task)
  }

  func fail(_ error: any Error) {
    failure = failure ?? error
    ordered = []
    rests = []
    for index in prepared.indices { prepared[index] = [] }
  }

  // MARK: Work, without the lock

  /// Reads, decodes and filters a task or what is left of it.
  func read(_ index: Int, _ task: any ReadTask) throws -> (ReadResult, [PreparedBatch]) {
    let stream = tasks[index].stream
    let result = try task.read(latest: latest)
    let batches = zip(queries[stream], sides[stream]).map { query, sides in
      query.pipeline.prepare(
        query.scan(result.batch), partition: task.partition, original: result.batch, sides: sides,
        skipped: result.skipped.map { ($0.count, $0.highest) })
    }
    if let failure = batches.lazy.compactMap(\.failure).first { throw failure }
    return (result, batches)
  }

  func order(_ run: [Piece]) {
    for piece in run {
      for (query, batch) in zip(queries[piece.stream], piece.batches) { query.pipeline.order(batch) }
    }
  }

  func absorb(_ batches: [PreparedBatch], stream: Int, lane: Int) {
    for (query, batch) in zip(queries[stream], batches) { query.pipeline.absorb(batch, lane: lane) }
  }

  /// Bytes that the lane, which the caller has, holds of this epoch.
  func gatheredMemory(lane: Int) -> Int {
    queries.reduce(0) { $0 + $1.reduce(0) { $0 + $1.pipeline.gatheredMemory(lane: lane) } }
  }

  // MARK: Results of work, under the lock

  func finishRead(_ index: Int, _ result: ReadResult, _ batches: [PreparedBatch]) {
    guard failure == nil else { return }
    readings[tasks[index].stream].note(result, partition: tasks[index].task.partition)
    if !result.rejected.isEmpty { rejected[index, default: []] += result.rejected }
    let size = batches.reduce(result.batch.memoryUsed) { $0 + $1.joinedBytes }
    let piece = Piece(stream: tasks[index].stream, batches: batches, size: size)
    prepared[index].append(piece)
    heldBytes += piece.size
    if let rest = result.rest { rests.append((index, rest)) } else { isRead[index] = true }
  }

  func finishOrder(_ run: [Piece]) {
    isOrdering = false
    guard failure == nil else { return }
    for piece in run {
      ordered.append((piece.stream, piece.batches))
      // From here on it is the lanes' own: each holds at most one.
      heldBytes -= piece.size
    }
  }

  func finishAbsorb(lane: Int, gathered size: Int) {
    gathered[lane] = size
    do { try checkMemory(gathered.reduce(0, +) + heldBytes) } catch { fail(error) }
  }

  /// What was read of each stream.
  ///
  /// - Throws: the first error of any task.
  func result() throws -> [StreamReading] {
    if let failure { throw failure }
    var result = readings
    for (index, rows) in rejected.sorted(by: { $0.key < $1.key }) { result[tasks[index].stream].rejected += rows }
    return result
  }
}
