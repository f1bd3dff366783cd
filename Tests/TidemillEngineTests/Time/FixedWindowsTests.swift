import Testing

@testable import TidemillEngine

@Suite struct FixedWindowsTests {
  /// Size, slide, start.
  private static let shapes: [[Int64]] = [
    [10, 10, 0], [10, 10, 3], [10, 10, -7], [20, 10, 0], [25, 10, 0], [25, 10, 9], [10, 3, -2], [7, 1, 0], [60, 25, 5],
    [1, 1, 0],
  ]

  /// The ends of the windows that hold a time, by the definition.
  private func ends(_ time: Int64, _ size: Int64, _ slide: Int64, _ start: Int64) -> [Int64] {
    (-400...400).map { start + $0 * slide }.filter { $0 <= time && time < $0 + size }.map { $0 + size }
  }

  @Test(arguments: shapes)
  func slicesHoldTheTimesOfTheSameWindows(shape: [Int64]) {
    let windows = FixedWindows(size: shape[0], slide: shape[1], start: shape[2])
    for time in -120...120 as ClosedRange<Int64> {
      let expected = ends(time, shape[0], shape[1], shape[2])
      let slice = windows.sliceStart(of: time)
      #expect(slice <= time && time < slice + windows.slice)
      #expect(windows.sliceStart(of: slice) == slice)
      #expect(windows.firstEnd(ofSlice: slice) == expected.first)
      #expect(windows.lastEnd(ofSlice: slice) == expected.last)
      #expect((windows.lastEnd(ofSlice: slice) - windows.firstEnd(ofSlice: slice)) / shape[1] == Int64(expected.count - 1))
      for other in slice..<(slice + windows.slice) { #expect(ends(other, shape[0], shape[1], shape[2]) == expected) }
    }
  }

  @Test(arguments: shapes)
  func nextEndIsTheFirstOpenOne(shape: [Int64]) {
    let windows = FixedWindows(size: shape[0], slide: shape[1], start: shape[2])
    let first = shape[2] + shape[0] - 5 * shape[1]
    for time in -120...120 as ClosedRange<Int64> {
      let expected = (0...400).map { first + $0 * shape[1] }.first { $0 > time }
      #expect(windows.nextEnd(after: time, from: first) == expected)
    }
  }

  @Test func spansAreCutIntoSlicesAsByDivision() {
    var numbers = SeededNumbers(state: 3)
    let sizes: [Int64] = [1, 2, 3, 7, 1000, 1 << 20, (1 << 20) + 1, 300_000_000, 3_600_000_000, 86_400_000_000, 1 << 61, Int64.max / 3]
    for size in sizes {
      let windows = FixedWindows(size: size, slide: size, start: 0)
      let random = (0..<200).map { _ in Int64.random(in: 0...(.max), using: &numbers) >> Int64.random(in: 0...40, using: &numbers) }
      let edges = (1...50).flatMap { (number: Int64) -> [Int64] in
        let (edge, overflow) = size.multipliedReportingOverflow(by: number)
        return overflow ? [] : [edge - 1, edge]
      }
      let high = Int64.max / size * size
      for span in random + edges + [0, .max, .max - 1, high, high - 1] {
        #expect(windows.slicesBetween(span) == span / size)
      }
    }
  }
}
