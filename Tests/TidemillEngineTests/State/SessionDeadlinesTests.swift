import Testing
import TidemillColumns
import TidemillPlan

@testable import TidemillEngine

/// Sessions of keys 0, 1, …, placed as a test says, without rows.
private struct Sessions {
  let set: SessionSet
  private let keys: Buffer<GroupIndex>

  init(keys count: Int) {
    let aggregation = Aggregation(
      keys: [NamedExpression("k", TypedExpression(.bigint, .column(0)))],
      window: WindowAssignment(
        name: "w", kind: .session(gap: .seconds(1)), time: TypedExpression(.timestamp, .column(1)), followsWatermark: true),
      calls: [AggregateCall(name: "n", function: .countRows, argument: nil, resultType: .bigint)])
    set = SessionSet(AggregationShape(aggregation, inputRetracts: false))
    keys = Buffer<GroupIndex>(repeating: 0, count: count)
    let batch = KeyBatch(width: 1)
    let column = ColumnBuilder(.bigint)
    for key in 0..<count { column.append(.integer(Int64(key))) }
    batch.load([column.finish()], count: count)
    set.groups.assign(batch, rows: nil, count: count, into: keys.base)
  }

  @discardableResult
  func place(_ key: Int, _ start: Int64, _ end: Int64) -> SessionIndex {
    let session = set.place(keys.base[key], start: start, end: end)
    set.settle()
    return session
  }

  func touching(_ key: Int, _ start: Int64, _ end: Int64) -> [ClosedRange<Int64>] {
    set.touching(keys.base[key], start: start, end: end).map { set.start($0)...set.end($0) }
  }

  func newest(_ key: Int) -> SessionIndex { set.newest(keys.base[key]) }
}

@Suite struct SessionDeadlinesTests {
  @Test func aSessionThatGrowsHasOneLiveEntry() {
    let sessions = Sessions(keys: 1)
    var deadlines = SessionDeadlines()
    let session = sessions.place(0, 0, 10)
    deadlines.schedule(session, end: 10)
    let size = deadlines.memoryUsed
    for time in 1...1000 as ClosedRange<Int64> {
      #expect(sessions.place(0, time, time + 10) == session)
      deadlines.schedule(session, end: sessions.set.end(session))
    }
    #expect(deadlines.memoryUsed == size)
    #expect(deadlines.earliest == 10)
    #expect(deadlines.popClosing(of: sessions.set) { $0 < 1010 }.isEmpty)
    #expect(deadlines.memoryUsed == size && deadlines.earliest == 1010)
    #expect(deadlines.popClosing(of: sessions.set) { $0 < 1011 } == [session])
    #expect(deadlines.earliest == nil)
  }

  @Test func anIndexThatServesAnewWithAnEarlierEndClosesOnce() {
    let sessions = Sessions(keys: 2)
    var deadlines = SessionDeadlines()
    let first = sessions.place(0, 90, 100)
    deadlines.schedule(first, end: 100)
    sessions.set.remove(first)
    let second = sessions.place(1, 40, 50)
    #expect(second == first, "the index is free again")
    deadlines.schedule(second, end: 50)
    #expect(deadlines.popClosing(of: sessions.set) { $0 < 60 } == [second])
    sessions.set.remove(second)
    // A third one ends when the first would have: its own entry and the old one are equal.
    let third = sessions.place(0, 90, 100)
    #expect(third == first)
    deadlines.schedule(third, end: 100)
    #expect(deadlines.popClosing(of: sessions.set) { $0 < 200 } == [third])
    #expect(deadlines.popClosing(of: sessions.set) { $0 < 200 }.isEmpty)
  }

  @Test(arguments: 1...12 as ClosedRange<UInt64>)
  func eachClosingSessionIsGivenOnceInItsTime(seed: UInt64) {
    var numbers = SeededNumbers(state: seed)
    let sessions = Sessions(keys: 4)
    var deadlines = SessionDeadlines()
    for watermark in stride(from: 0 as Int64, to: 600, by: 10) {
      for _ in 0..<Int.random(in: 0...8, using: &numbers) {
        let time = Int64.random(in: watermark...(watermark + 80), using: &numbers)
        let session = sessions.place(Int.random(in: 0..<4, using: &numbers), time, time + 7)
        deadlines.schedule(session, end: sessions.set.end(session))
      }
      let expected = sessions.set.all.filter { sessions.set.end($0) < watermark }
      let closing = deadlines.popClosing(of: sessions.set) { $0 < watermark }
      #expect(closing.sorted() == expected)
      for session in closing { sessions.set.remove(session) }
      #expect((deadlines.earliest ?? .max) <= (sessions.set.all.map { sessions.set.end($0) }.min() ?? .max))
    }
  }
}

@Suite struct SessionChainTests {
  /// Intervals of a key that do not touch, oldest first, by the definition.
  private func placing(_ new: ClosedRange<Int64>, in intervals: [ClosedRange<Int64>]) -> [ClosedRange<Int64>] {
    let touched = intervals.filter { $0.overlaps(new) } + [new]
    let merged = touched.map(\.lowerBound).min()!...touched.map(\.upperBound).max()!
    return (intervals.filter { !$0.overlaps(new) } + [merged]).sorted { $0.lowerBound < $1.lowerBound }
  }

  @Test(arguments: 1...20 as ClosedRange<UInt64>)
  func chainsStayInOrderInWhateverOrderSessionsCome(seed: UInt64) {
    var numbers = SeededNumbers(state: seed)
    let sessions = Sessions(keys: 3)
    var naive = [[ClosedRange<Int64>]](repeating: [], count: 3)
    for _ in 0..<150 {
      let key = Int.random(in: 0..<3, using: &numbers)
      if Int.random(in: 0..<6, using: &numbers) == 0, let gone = naive[key].randomElement(using: &numbers) {
        let session = sessions.set.all.first {
          sessions.set.key($0) == key && sessions.set.start($0) == gone.lowerBound
        }
        sessions.set.remove(session!)
        naive[key].removeAll { $0 == gone }
      } else {
        let start = Int64.random(in: -500...500, using: &numbers)
        let new = start...(start + Int64.random(in: 1...40, using: &numbers))
        let home = sessions.place(key, new.lowerBound, new.upperBound)
        naive[key] = placing(new, in: naive[key])
        #expect(naive[key].contains(sessions.set.start(home)...sessions.set.end(home)))
      }
      let start = Int64.random(in: -550...550, using: &numbers)
      let asked = start...(start + Int64.random(in: 0...200, using: &numbers))
      for key in 0..<3 {
        #expect(sessions.touching(key, -10_000, 10_000) == naive[key].reversed())
        #expect(
          sessions.touching(key, asked.lowerBound, asked.upperBound) == naive[key].filter { $0.overlaps(asked) }.reversed())
        let newest = sessions.newest(key)
        #expect((newest == SessionSet.none ? nil : sessions.set.start(newest)) == naive[key].last?.lowerBound)
      }
      #expect(sessions.set.count == naive.reduce(0) { $0 + $1.count })
    }
  }
}
