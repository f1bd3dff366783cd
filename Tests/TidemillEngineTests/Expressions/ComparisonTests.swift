import Testing
import TidemillColumns
import TidemillPlan

@testable import TidemillEngine

@Suite struct ComparisonTests {
  /// All six operators on all pairs of values that stand in ascending order, apart from equal ones in one group.
  func checkOrder(_ type: DataType, _ groups: [[Value]], location: SourceLocation = #_sourceLocation) {
    let ranked = groups.enumerated().flatMap { rank, values in values.map { (rank, $0) } }
    let operators: [(ComparisonOperator, (Int, Int) -> Bool)] = [
      (.equal, ==), (.notEqual, !=), (.less, <), (.lessOrEqual, <=), (.greater, >), (.greaterOrEqual, >=),
    ]
    for (symbol, holds) in operators {
      var cases = [
        Case(.null, groups[0][0], gives: .null), Case(groups[0][0], .null, gives: .null), Case(.null, .null, gives: .null),
      ]
      for (leftRank, left) in ranked {
        for (rightRank, right) in ranked { cases.append(Case(left, right, gives: .boolean(holds(leftRank, rightRank)))) }
      }
      check(.boolean, [type, type], cases, location: location) { .comparison(symbol, $0[0], $0[1]) }
    }
  }

  @Test func nanIsTheGreatestDoubleAndZerosAreEqual() {
    checkOrder(
      .double,
      [
        [.double(-.infinity)], [-1.5], [-0.0, 0.0], [.double(.leastNonzeroMagnitude)], [2.0], [.double(.infinity)],
        [.double(.nan), .double(-.nan)],
      ])
  }

  @Test func integersAndTimesAreOrdered() {
    checkOrder(.bigint, [[.integer(.min)], [-1], [0], [1], [.integer(.max)]])
    checkOrder(.date, [[.date(-1)], [.date(0)], [.date(20_000)]])
    checkOrder(.timestamp, [[timestamp("1969-12-31T23:59:59.999999Z")], [timestamp("1970-01-01")], [timestamp("2024-02-29")]])
    checkOrder(.boolean, [[false], [true]])
    checkOrder(.decimal(precision: 38, scale: 2), [[decimal(-99, 2)], [decimal(0, 2)], [decimal(1 << 100, 2)]])
  }

  @Test func stringsAreOrderedByTheirBytes() {
    checkOrder(
      .string,
      [
        [""], ["\0"], ["A"], ["a"], ["a\0"], ["aa"], ["aaaab"], ["aaaabbbbcccc"], ["aaaabbbbccccd"], ["aaaabbbbcccce and more"],
        ["b"], ["é"], ["日本"], ["😀"],
      ])
  }

  @Test func windowsAreOrderedByStartThenEnd() {
    func window(_ start: Int64, _ end: Int64) -> Value {
      .window(start: EventTime(microseconds: start), end: EventTime(microseconds: end))
    }
    checkOrder(.window, [[window(-5, 9)], [window(0, 1)], [window(0, 2)], [window(1, 2)]])
  }
}
