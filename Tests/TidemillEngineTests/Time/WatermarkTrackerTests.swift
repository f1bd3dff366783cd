import Testing
import TidemillColumns

@testable import TidemillEngine

@Suite struct WatermarkTrackerTests {
  private func tracker(delay: Int64 = 10, isSparkCompatible: Bool = false) -> WatermarkTracker {
    WatermarkTracker(delay: TimeSpan(microseconds: delay), isSparkCompatible: isSparkCompatible)
  }

  @Test func thereIsNoWatermarkBeforeEveryPartitionHasRowsOrIsIdle() {
    var tracker = tracker()
    tracker.expect(partitions: 2)
    _ = tracker.advance(0, highest: 100, hasRows: true)
    tracker.finishEpoch(idle: [:])
    #expect(tracker.global == .min)
    tracker.finishEpoch(idle: [1: 5])
    #expect(tracker.global == 90)
  }

  @Test func laterPartitionsStartAtTheGlobalWatermark() {
    var tracker = tracker()
    _ = tracker.advance(0, highest: 100, hasRows: true)
    tracker.finishEpoch(idle: [:])
    #expect(tracker.advance(3, highest: 20, hasRows: true) == .min)
    #expect((1...3).map { tracker.floor($0) } == [90, 90, 90])
    tracker.finishEpoch(idle: [:])
    #expect(tracker.global == 90)
  }

  @Test func chunksLearnTheHighestTimeBeforeThem() {
    var tracker = tracker()
    #expect(tracker.advance(0, highest: 100, hasRows: true) == .min)
    #expect(tracker.advance(0, highest: 50, hasRows: true) == 100)
    #expect(tracker.advance(0, highest: .min, hasRows: false) == 100)
    #expect(tracker.advance(0, highest: 120, hasRows: true) == 100)
  }

  @Test func allIdleGoesOnWithTheShortestSilence() {
    var tracker = tracker()
    _ = tracker.advance(0, highest: 100, hasRows: true)
    _ = tracker.advance(1, highest: 40, hasRows: true)
    tracker.finishEpoch(idle: [0: 60, 1: 500])
    #expect(tracker.global == 150)
  }

  @Test func whoWakesStartsAtTheGlobalWatermarkWhateverWokeIt() {
    func closedBesideAnIdle() -> WatermarkTracker {
      var tracker = tracker()
      _ = tracker.advance(0, highest: 100, hasRows: true)
      _ = tracker.advance(1, highest: 20, hasRows: true)
      tracker.finishEpoch(idle: [1: 60])
      #expect(tracker.global == 90 && tracker.floor(1) == .min)
      return tracker
    }
    var byRow = closedBesideAnIdle()
    _ = byRow.advance(1, highest: 30, hasRows: true)
    #expect(byRow.floor(1) == 90)
    var byRejection = closedBesideAnIdle()
    _ = byRejection.advance(1, highest: .min, hasRows: false)
    byRejection.finishEpoch(idle: [:])
    #expect(byRejection.floor(1) == 90)
    // After a restart nothing says that it is idle.
    var byRestart = closedBesideAnIdle()
    byRestart.finishEpoch(idle: [:])
    #expect(byRestart.floor(1) == 90 && byRestart.global == 90)
    // Who stays idle keeps what it has.
    var asleep = closedBesideAnIdle()
    asleep.finishEpoch(idle: [1: 120])
    #expect(asleep.floor(1) == .min)
  }

  @Test func sparkCountsWholeMillisecondsOverAllPartitionsFrom1970() {
    var tracker = tracker(delay: 1000, isSparkCompatible: true)
    _ = tracker.advance(0, highest: -5_000_000, hasRows: true)
    tracker.finishEpoch(idle: [:])
    #expect(tracker.global == 0)
    _ = tracker.advance(1, highest: 5_999, hasRows: true)
    tracker.finishEpoch(idle: [:])
    #expect(tracker.global == 4_000)
  }

  @Test func stateIsReadAsItWasWritten() throws {
    var tracker = tracker()
    _ = tracker.advance(1, highest: 100, hasRows: true)
    tracker.finishEpoch(idle: [0: 1])
    tracker.close(through: 200)
    var writer = ByteWriter()
    tracker.write(to: &writer)
    var again = self.tracker()
    var reader = ByteReader(writer.bytes)
    try again.read(from: &reader)
    #expect(again.global == 200 && again.ended == 200)
    #expect(again.partitions.map(\.floor) == [200, 200])
    #expect(again.partitions.map(\.isIdle) == [true, false])
  }
}
