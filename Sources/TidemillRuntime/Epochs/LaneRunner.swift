import Dispatch
import Synchronization
import TidemillColumns
import TidemillConnectors
import TidemillEngine

/// A query as the lanes see it.
struct LaneQuery: Sendable {
  let pipeline: QueryPipeline
  /// For each column of the query's scan its ordinal in the stream's batches.
  let ordinals: [Int]

  func scan(_ batch: Batch) -> Batch {
    Batch(schema: pipeline.plan.scanSchema, count: batch.count, columns: ordinals.map { batch.columns[$0] })
  }
}

/// What the lanes read of one stream in one epoch.
struct StreamReading: Sendable {
  var rejected: [RejectedRow] = []
  /// Rejected rows by partition.
  var rejectedCount: [Int: Int] = [:]
  /// All rows by partition.
  var rowCount: [Int: Int] = [:]
  var byteCount = 0
  /// For each file the sum of its pieces' checksums: the same for the same bytes, whatever the order of the pieces.
  var checksums: [String: UInt64] = [:]

  var totalRows: Int { rowCount.values.reduce(0, +) }
}

/// Runs the read tasks of one stream on several threads: each lane reads, decodes, filters and aggregates whole tasks.
///
/// Only the moment in which tasks are put in source order is serial. No lane waits for another: whoever completes the next task
/// in order puts it, and those behind it that are ready, in order; and any lane absorbs what is ordered.
final class LaneRunner: @unchecked Sendable {
  // `lock` guards everything that changes. A prepared batch belongs to the lane that holds it.

  private let tasks: [any ReadTask]
  private let lanes: Int
  private let latest: EventTime
  private let queries: [LaneQuery]
  private let lock = Mutex<Void>(())
  private var nextTask = 0
  private var nextToOrder = 0
  /// What is left of tasks that give their rows in several batches.
  private var rests: [(index: Int, task: any ReadTask)] = []
  /// Read and not yet in order, by task.
  private var prepared: [Int: [[PreparedBatch]]] = [:]
  /// Tasks beyond `nextToOrder` that are read to their end.
  private var finished: Set<Int> = []
  /// Bytes of batches that are read and not yet in order, by task.
  private var held: [Int: Int] = [:]
  private var heldBytes = 0
  private var waitingLanes = 0
  private let progress = DispatchSemaphore(value: 0)
  private var ordered: [[PreparedBatch]] = []
  private var rejected: [Int: [RejectedRow]] = [:]
  private var reading = StreamReading()
  private var failure: (any Error)?
  /// Bytes that each lane has gathered.
  private var gathered: [Int]
  private let checkMemory: @Sendable (_ gathered: Int) throws -> Void

  /// - Parameter checkMemory: is told how much all lanes have gathered in this epoch; ends it by throwing.
  init(
    _ tasks: [any ReadTask], latest: EventTime, queries: [LaneQuery], lanes: Int,
    checkMemory: @escaping @Sendable (_ gathered: Int) throws -> Void
  ) {
    self.lanes = max(1, min(lanes, tasks.count))
    gathered = Array(repeating: 0, count: self.lanes)
    self.checkMemory = checkMemory
    self.tasks = tasks
    self.latest = latest
    self.queries = queries
  }

  /// How many bytes may wait for the order; then only what is next in order is read.
  private static let heldLimit = 64 << 20

  private static let threads = DispatchQueue(label: "tidemill.lanes", attributes: .concurrent)

  /// - Throws: the first error of any task, once all lanes have stopped.
  func run() async throws -> StreamReading {
    await withCheckedContinuation { (continuation: CheckedContinuation<Void, Never>) in
      let group = DispatchGroup()
      for lane in 0..<lanes {
        Self.threads.async(group: group) { self.runLane(lane) }
      }
      group.notify(queue: Self.threads) { continuation.resume() }
    }
    if let failure { throw failure }
    var result = reading
    result.rejected = rejected.sorted { $0.key < $1.key }.flatMap(\.value)
    return result
  }

  private enum Step {
    case absorb([PreparedBatch])
    case read(Int, any ReadTask)
    case wait
    case end
  }

  /// What a lane does next: what is read soon leaves memory, so absorbing comes first, and tasks that are begun before new ones.
  private func nextStep() -> Step {
    if let batches = ordered.popLast() { return .absorb(batches) }
    if failure != nil { return .end }
    if let first = rests.indices.min(by: { rests[$0].index < rests[$1].index }), mayRead(rests[first].index) {
      let rest = rests.remove(at: first)
      return .read(rest.index, rest.task)
    }
    if nextTask < tasks.count, mayRead(nextTask) {
      nextTask += 1
      return .read(nextTask - 1, tasks[nextTask - 1])
    }
    if rests.isEmpty && nextTask == tasks.count { return .end }
    // Another lane reads the task that is next in order, and wakes this one.
    waitingLanes += 1
    return .wait
  }

  private func mayRead(_ index: Int) -> Bool { index == nextToOrder || heldBytes < Self.heldLimit }

  private func runLane(_ lane: Int) {
    while true {
      switch lock.withLock({ _ in nextStep() }) {
      case .absorb(let batches):
        for (query, batch) in zip(queries, batches) { query.pipeline.absorb(batch, lane: lane) }
        let size = queries.reduce(0) { $0 + $1.pipeline.gatheredMemory(lane: lane) }
        lock.withLock { _ in
          gathered[lane] = size
          do { try checkMemory(gathered.reduce(0, +)) } catch { fail(error) }
        }
      case .read(let index, let task):
        do {
          let result = try task.read(latest: latest)
          let batches = queries.map {
            $0.pipeline.prepare($0.scan(result.batch), partition: task.partition, original: result.batch)
          }
          lock.withLock { _ in submit(index, result, batches, partition: task.partition) }
        } catch {
          lock.withLock { _ in fail(error) }
        }
      case .wait: progress.wait()
      case .end: return
      }
    }
  }

  private func fail(_ error: any Error) {
    failure = failure ?? error
    wake()
  }

  private func wake() {
    for _ in 0..<waitingLanes { progress.signal() }
    waitingLanes = 0
  }

  private func submit(_ index: Int, _ result: ReadResult, _ batches: [PreparedBatch], partition: Int) {
    reading.rowCount[partition, default: 0] += result.rowCount
    reading.byteCount += result.byteCount
    if let checksum = result.checksum { reading.checksums[checksum.origin, default: 0] &+= checksum.value }
    if !result.rejected.isEmpty {
      reading.rejectedCount[partition, default: 0] += result.rejected.count
      rejected[index, default: []] += result.rejected
    }
    prepared[index, default: []].append(batches)
    let size = result.batch.memoryUsed
    held[index, default: 0] += size
    heldBytes += size
    if let rest = result.rest { rests.append((index, rest)) } else { finished.insert(index) }
    repeat {
      for batches in prepared.removeValue(forKey: nextToOrder) ?? [] {
        for (query, batch) in zip(queries, batches) { query.pipeline.order(batch) }
        ordered.append(batches)
      }
      heldBytes -= held.removeValue(forKey: nextToOrder) ?? 0
      if finished.remove(nextToOrder) == nil { break }
      nextToOrder += 1
    } while true
    wake()
  }
}
