import Testing
import TidemillColumns

@testable import TidemillEngine

@Suite struct PaneAssignmentTests {
  private func keys(
    _ times: [Int64], _ windows: FixedWindows, _ watermarks: [Int64], bound: Int64
  ) -> (keys: [PaneKey?], outcome: CollectOutcome) {
    let assignment = PaneAssignment()
    let column = Column(type: .timestamp, count: times.count, values: .int64(Buffer(times)))
    let outcome = assignment.assign(
      column, windows, count: times.count, BatchWatermarks(bound: bound) { Buffer(watermarks) })
    let keys = times.indices.map { row in
      if assignment.isUniform { return assignment.keys[0] as PaneKey? }
      let number = assignment.keyOfRow.base[row]
      return number == PaneAssignment.none ? nil : assignment.keys[Int(number)]
    }
    return (keys, outcome)
  }

  /// A look at the whole batch finds the panes that a look at each row finds.
  @Test func batchesAreAssignedAsTheirRowsAre() {
    var numbers = SeededNumbers(state: 8)
    for (size, slide) in [(10, 10), (60, 5), (60, 25), (7, 7), (64, 16)] as [(Int64, Int64)] {
      let windows = FixedWindows(size: size, slide: slide, start: 3)
      for width in [1, 5, 40, 300] as [Int64] {
        for _ in 0..<40 {
          let base = Int64.random(in: -1000...1000, using: &numbers)
          let times = (0..<Int.random(in: 1...50, using: &numbers)).map { _ in
            base + Int64.random(in: 0..<width, using: &numbers)
          }
          let delay = Int64.random(in: -20...100, using: &numbers)
          var highest = base - Int64.random(in: 0...50, using: &numbers)
          let watermarks = times.map { time in
            defer { highest = max(highest, time) }
            return highest - delay
          }
          let exact = keys(times, windows, watermarks, bound: highest - delay)
          let careful = keys(times, windows, watermarks, bound: .max)
          #expect(exact.keys == careful.keys)
          #expect(exact.outcome.late == careful.outcome.late)
          for (row, time) in times.enumerated() {
            let slice = windows.sliceStart(of: time)
            let isLate = windows.lastEnd(ofSlice: slice) <= watermarks[row]
            #expect(exact.outcome.late.contains(row) == isLate)
            #expect(exact.keys[row]?.start == (isLate ? nil : slice))
            if let end = exact.keys[row]?.firstEnd {
              #expect(end == windows.nextEnd(after: watermarks[row], from: windows.firstEnd(ofSlice: slice)))
            }
          }
        }
      }
    }
  }

  /// Blocks of rows get the panes that their rows get one by one, and the runs say the same.
  @Test(arguments: [(10, 10), (60, 5), (60, 25), (7, 7)] as [(Int64, Int64)])
  func blocksAreAssignedAsTheirRowsAre(size: Int64, slide: Int64) {
    var numbers = SeededNumbers(state: 10)
    let windows = FixedWindows(size: size, slide: slide, start: 3)
    var lateCount = 0
    for round in 0..<60 {
      var now = Int64.random(in: -1000...1000, using: &numbers)
      let share = [0, 1, 10, 300][round % 4]
      let times: [Int64] = (0..<Int.random(in: 1...900, using: &numbers)).map { _ in
        if Int.random(in: 0..<20, using: &numbers) == 0 { now += 1 }
        let isOld = Int.random(in: 0..<1000, using: &numbers) < share
        return now - (isOld ? Int64.random(in: 0...200, using: &numbers) : Int64.random(in: 0...2, using: &numbers))
      }
      let column = Column(type: .timestamp, count: times.count, values: .int64(Buffer(times)))
      let first = RunningWatermark(
        highest: round % 7 == 0 ? .min : times[0] - 5, delay: Int64.random(in: 0...40, using: &numbers),
        floor: round % 5 == 0 ? times[0] - 30 : .min)
      var running = first
      let watermarks = times.map { time in
        defer { running.pass(time) }
        return running.current
      }
      func assign(_ bounds: BlockBounds?, _ running: RunningWatermark?) -> (PaneAssignment, CollectOutcome) {
        let assignment = PaneAssignment()
        let marks = BatchWatermarks(bound: watermarks.max()!, running: running) { Buffer(watermarks) }
        return (assignment, assignment.assign(column, windows, count: times.count, bounds: bounds, marks))
      }
      let (blocks, outcome) = assign(BlockBounds(times, count: times.count), first)
      let (rows, expected) = assign(nil, nil)
      #expect(outcome.late == expected.late && outcome.withoutTime == expected.withoutTime)
      #expect(blocks.keys == rows.keys && blocks.isUniform == rows.isUniform)
      lateCount += outcome.late.count
      if rows.isUniform { continue }
      let keys = blocks.keyOfRow.elements
      #expect(keys == rows.keyOfRow.elements)
      guard blocks.runs.areFew else { continue }
      let ofRuns = (0..<blocks.runs.count).flatMap { run in blocks.runs[run].rows.map { _ in blocks.runs[run].key } }
      #expect(ofRuns == keys)
    }
    #expect(lateCount > 100)
  }

  @Test func timesBeyondTheCalendarHaveNoWindow() {
    let windows = FixedWindows(size: 10, slide: 10, start: 0)
    let assigned = keys([5, .max, .min, 15], windows, [.min, .min, .min, .min], bound: .min)
    #expect(assigned.outcome.withoutTime.count == 2)
    #expect(assigned.keys.map { $0?.start } == [0, nil, nil, 10])
  }

  @Test func boundsAreThoseOfAllTimes() {
    var numbers = SeededNumbers(state: 9)
    for count in 1...20 {
      let times = (0..<count).map { _ in Int64.random(in: .min ... .max, using: &numbers) }
      let bounds = TimeBounds(times, count: count)
      #expect(bounds.lowest == times.min() && bounds.highest == times.max())
    }
    for count in [1, 127, 128, 129, 256, 300] {
      let times = (0..<count).map { _ in Int64.random(in: .min ... .max, using: &numbers) }
      let bounds = BlockBounds(times, count: count)
      #expect(bounds.count == count && bounds.whole.lowest == times.min() && bounds.whole.highest == times.max())
      for first in stride(from: 0, to: count, by: BlockBounds.blockSize) {
        let block = times[first..<min(first + BlockBounds.blockSize, count)]
        #expect(bounds.block(at: first).lowest == block.min() && bounds.block(at: first).highest == block.max())
      }
      for _ in 0..<50 {
        let first = Int.random(in: 0..<count, using: &numbers)
        let rows = first..<Int.random(in: first + 1...count, using: &numbers)
        #expect(bounds.highest(of: rows, times) == times[rows].max())
      }
    }
  }
}
