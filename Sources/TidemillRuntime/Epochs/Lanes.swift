import Dispatch
import Synchronization
import TidemillColumns
import TidemillEngine

/// The threads that read, decode, filter and aggregate: each lane takes whole pieces of input, of the oldest epoch first.
///
/// Only the moment in which pieces are put in source order is serial. No lane waits for another: whoever finds the next pieces in
/// order ready puts them in order, and any lane absorbs what is ordered. While an epoch is finished by whoever drives the lanes,
/// they read the one behind it as far as that needs no order, so that neither the end of an epoch nor its commit leaves a lane
/// idle.
final class Lanes: @unchecked Sendable {
  // `lock` guards everything that changes, here and in the readings. What work holds belongs to the lane that does it.

  let count: Int
  private let lock = Mutex<Void>(())
  /// Oldest first; two at most.
  private var readings: [EpochReading] = []
  private var idle: [Int]
  // Serial queues have threads of their own: those of a concurrent one would wait while Swift's tasks keep all cores busy.
  private let threads: [DispatchQueue]

  init(_ count: Int) {
    self.count = max(count, 1)
    idle = Array((0..<self.count).reversed())
    threads = (0..<self.count).map { DispatchQueue(label: "tidemill.lane-\($0)") }
  }

  /// Lets the lanes read an epoch; rows are put in order only once it is opened.
  func start(_ reading: EpochReading) {
    lock.withLock { _ in
      readings.append(reading)
      wake()
    }
  }

  /// Says that the epoch before is finished, and so where in event time this one begins.
  func open(_ reading: EpochReading) {
    lock.withLock { _ in
      reading.isOpen = true
      wake()
    }
  }

  /// Waits until all of an epoch that was opened is in the lanes' parts of the state.
  ///
  /// - Throws: the first error of any task, or of `cancel`, once no lane is at work on it any more.
  func finish(_ reading: EpochReading) async throws -> [StreamReading] {
    await withCheckedContinuation { (continuation: CheckedContinuation<Void, Never>) in
      lock.withLock { _ in
        reading.continuation = continuation
        settle(reading)
      }
    }
    return try reading.result()
  }

  /// Ends an epoch early: `finish` throws `error` unless it has failed by itself.
  func cancel(_ reading: EpochReading, _ error: any Error) {
    lock.withLock { _ in
      reading.fail(error)
      settle(reading)
    }
  }

  // MARK: Under the lock

  private func settle(_ reading: EpochReading) {
    guard reading.isDone else { return }
    readings.removeAll { $0 === reading }
    reading.continuation?.resume()
    reading.continuation = nil
  }

  private func wake() {
    guard !idle.isEmpty else { return }
    var work = readings.reduce(0) { $0 + $1.workCount }
    while work > 0, let lane = idle.popLast() {
      work -= 1
      threads[lane].async { self.run(lane) }
    }
  }

  private func takeWork(_ lane: Int) -> (EpochReading, EpochReading.Work)? {
    for reading in readings {
      if let work = reading.takeWork() {
        reading.active += 1
        return (reading, work)
      }
    }
    idle.append(lane)
    return nil
  }

  /// Notes the outcome of work and takes the next, without letting go of the lock in between.
  private func next(
    _ lane: Int, after reading: EpochReading, _ outcome: () -> Void
  ) -> (EpochReading, EpochReading.Work)? {
    lock.withLock { _ in
      outcome()
      reading.active -= 1
      settle(reading)
      let work = takeWork(lane)
      wake()
      return work
    }
  }

  // MARK: A lane

  private func run(_ lane: Int) {
    var next = lock.withLock { _ in takeWork(lane) }
    while let (reading, work) = next {
      switch work {
      case .read(let index, let task):
        let result = Result { try reading.read(index, task) }
        next = self.next(lane, after: reading) {
          switch result {
          case .success(let (result, batches)): reading.finishRead(index, result, batches)
          case .failure(let error): reading.fail(error)
          }
        }
      case .order(let run):
        reading.order(run)
        next = self.next(lane, after: reading) { reading.finishOrder(run) }
      case .absorb(let stream, let batches):
        reading.absorb(batches, stream: stream, lane: lane)
        let size = reading.gatheredMemory(lane: lane)
        next = self.next(lane, after: reading) { reading.finishAbsorb(lane: lane, gathered: size) }
      }
    }
  }
}
