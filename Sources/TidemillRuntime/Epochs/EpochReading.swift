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
  }

  /// Work for one lane. What it holds belongs to that lane until it is done.
  enum Work {
    case read(Int)
    case order(first: Int, [[PreparedBatch]])
    case absorb(stream: Int, [PreparedBatch])
  }

  let queries: [[LaneQuery]]
  /// Rows with a later event time are rejected.
  let latest: EventTime
  let checkMemory: @Sendable (_ gathered: Int) throws -> Void

  /// All streams' tasks, one stream after the other.
  private let tasks: [(stream: Int, task: any ReadTask)]
  /// What is read and not yet in order, by task.
  private var prepared: [[PreparedBatch]?]
  private var ordered: [(stream: Int, batches: [PreparedBatch])] = []
  private var nextTask = 0
  private var nextToOrder = 0
  private var absorbed = 0
  private var isOrdering = false
  /// Bytes of batches that are read and not absorbed, by task.
  private var sizes: [Int]
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

  /// - Parameter checkMemory: is told how much the lanes hold of this epoch; ends it by throwing.
  init(
    _ streams: [Stream], latest: EventTime, lanes: Int, checkMemory: @escaping @Sendable (_ gathered: Int) throws -> Void
  ) {
    queries = streams.map(\.queries)
    tasks = streams.enumerated().flatMap { stream, part in part.tasks.map { (stream, $0) } }
    self.latest = latest
    self.checkMemory = checkMemory
    prepared = Array(repeating: nil, count: tasks.count)
    sizes = Array(repeating: 0, count: tasks.count)
    gathered = Array(repeating: 0, count: lanes)
    readings = Array(repeating: StreamReading(), count: streams.count)
  }

  /// Whether no lane will touch it any more.
  var isDone: Bool { active == 0 && (failure != nil || absorbed == tasks.count) }

  /// How many lanes could find work now.
  var workCount: Int {
    guard failure == nil else { return 0 }
    return ordered.count + (canOrder ? 1 : 0) + (canRead ? tasks.count - nextTask : 0)
  }

  private var canOrder: Bool { isOpen && !isOrdering && nextToOrder < tasks.count && prepared[nextToOrder] != nil }
  private var canRead: Bool { nextTask < tasks.count && (isOpen || heldBytes < Self.aheadLimit) }

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
      var run: [[PreparedBatch]] = []
      while nextToOrder + run.count < tasks.count, let batches = prepared[nextToOrder + run.count] {
        prepared[nextToOrder + run.count] = nil
        run.append(batches)
      }
      return .order(first: nextToOrder, run)
    }
    guard canRead else { return nil }
    nextTask += 1
    return .read(nextTask - 1)
  }

  func fail(_ error: any Error) {
    failure = failure ?? error
    ordered = []
    for index in prepared.indices { prepared[index] = nil }
  }

  // MARK: Work, without the lock

  /// Reads, decodes and filters one task.
  func read(_ index: Int) throws -> (ReadResult, [PreparedBatch]) {
    let (stream, task) = tasks[index]
    let result = try task.read(latest: latest)
    let batches = queries[stream].map {
      $0.pipeline.prepare($0.scan(result.batch), partition: task.partition, original: result.batch)
    }
    return (result, batches)
  }

  func order(first: Int, _ run: [[PreparedBatch]]) {
    for (offset, batches) in run.enumerated() {
      for (query, batch) in zip(queries[tasks[first + offset].stream], batches) { query.pipeline.order(batch) }
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
    if !result.rejected.isEmpty { rejected[index] = result.rejected }
    prepared[index] = batches
    sizes[index] = result.batch.memoryUsed
    heldBytes += sizes[index]
  }

  func finishOrder(first: Int, _ run: [[PreparedBatch]]) {
    isOrdering = false
    guard failure == nil else { return }
    for (offset, batches) in run.enumerated() {
      ordered.append((tasks[first + offset].stream, batches))
      // From here on it is the lanes' own: each holds at most one.
      heldBytes -= sizes[first + offset]
    }
    nextToOrder = first + run.count
  }

  func finishAbsorb(lane: Int, gathered size: Int) {
    absorbed += 1
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
