import Testing
import TidemillColumns
import TidemillPlan

@testable import TidemillEngine

/// What all accumulators promise: parts that are merged are the whole, and a group that is reset begins anew.
@Suite struct AccumulatorTests {
  struct Kind: Sendable, CustomTestStringConvertible {
    var function: AggregateFunction
    var argument: DataType?
    var result: DataType

    var testDescription: String { "\(function.rawValue) of \(argument?.sqlName ?? "rows")" }

    var call: AggregateCall {
      AggregateCall(
        name: "x", function: function, argument: argument.map { TypedExpression($0, .column(0)) }, resultType: result)
    }
  }

  static let kinds: [Kind] = {
    let money = DataType.decimal(precision: 10, scale: 2)
    var kinds = [Kind(function: .countRows, argument: nil, result: .bigint)]
    for type in [.boolean, .int, .double, money, .string, .date, .timestamp] as [DataType] {
      kinds.append(Kind(function: .count, argument: type, result: .bigint))
      kinds.append(Kind(function: .countDistinct, argument: type, result: .bigint))
      kinds.append(Kind(function: .min, argument: type, result: type))
      kinds.append(Kind(function: .max, argument: type, result: type))
    }
    for (type, sum, average) in [
      (.bigint, .bigint, .double), (.double, .double, .double),
      (money, .decimal(precision: 20, scale: 2), .decimal(precision: 14, scale: 6)),
    ] as [(DataType, DataType, DataType)] {
      kinds.append(Kind(function: .sum, argument: type, result: sum))
      kinds.append(Kind(function: .trySum, argument: type, result: sum))
      kinds.append(Kind(function: .avg, argument: type, result: average))
    }
    return kinds
  }()

  private static let groups = 9

  /// A value, or now and then NULL; doubles whose sums are exact.
  static func value(_ type: DataType?, _ numbers: inout SeededNumbers) -> Value {
    let number = Int64.random(in: -30...30, using: &numbers)
    if Int.random(in: 0..<6, using: &numbers) == 0 { return .null }
    switch type {
    case .boolean: return .boolean(number > 0)
    case .double: return number == 30 ? .double(.nan) : .double(Double(number) / 4)
    case .decimal: return .decimal(unscaled: Int128(number), scale: 2)
    case .string: return .string(number % 2 == 0 ? "s\(number)" : "a string longer than twelve bytes, \(number)")
    case .date: return .date(number)
    case .timestamp: return .timestamp(EventTime(microseconds: number))
    default: return .integer(number)
    }
  }

  private func rows(_ kind: Kind, _ numbers: inout SeededNumbers) -> [(group: GroupIndex, value: Value)] {
    (0..<Int.random(in: 0...120, using: &numbers)).map { _ in
      let value = Self.value(kind.argument, &numbers)
      return (GroupIndex.random(in: 0..<GroupIndex(Self.groups - 1), using: &numbers), value)
    }
  }

  private func accumulator(_ kind: Kind, _ rows: [(group: GroupIndex, value: Value)]) -> Accumulator {
    let accumulator = AccumulatorPlan(kind.call).make()
    accumulator.grow(to: 2)
    accumulator.grow(to: Self.groups)
    update(accumulator, kind, rows)
    return accumulator
  }

  private func update(_ accumulator: Accumulator, _ kind: Kind, _ rows: [(group: GroupIndex, value: Value)]) {
    let builder = ColumnBuilder(kind.argument ?? .bigint)
    for row in rows { builder.append(row.value) }
    let column = kind.argument == nil ? nil : builder.finish()
    let groups = rows.map(\.group)
    groups.withUnsafeBufferPointer { groups in
      guard let first = groups.baseAddress else { return }
      let input = AccumulatorInput(
        groups: first, rows: nil, count: groups.count, mask: column?.validity.map { UnsafePointer($0.base) }, weights: nil)
      accumulator.update(input, column: column)
    }
  }

  private func results(_ accumulator: Accumulator, _ kind: Kind) throws -> [String] {
    let all = Pane.identity(Self.groups)
    let column = try accumulator.emit(kind.function, as: kind.result, groups: all.base, count: Self.groups)
    #expect(column.count == Self.groups)
    return (0..<Self.groups).map { column.value($0).description }
  }

  private func merge(_ one: Accumulator, into other: Accumulator, _ pairs: [(from: GroupIndex, into: GroupIndex)]) {
    other.merge(one, from: pairs.map(\.from), into: pairs.map(\.into), count: pairs.count)
  }

  @Test(arguments: kinds)
  func partsThatAreMergedAreTheWhole(kind: Kind) throws {
    var numbers = SeededNumbers(state: 11)
    for _ in 0..<12 {
      let rows = rows(kind, &numbers)
      let cut = Int.random(in: 0...rows.count, using: &numbers)
      let whole = accumulator(kind, rows)
      let left = accumulator(kind, Array(rows[..<cut]))
      let right = accumulator(kind, Array(rows[cut...]))
      merge(right, into: left, (0..<GroupIndex(Self.groups)).map { ($0, $0) })
      #expect(try results(left, kind) == results(whole, kind))
    }
  }

  @Test(arguments: kinds)
  func groupsOfOneAccumulatorMerge(kind: Kind) throws {
    var numbers = SeededNumbers(state: 12)
    for _ in 0..<12 {
      let rows = rows(kind, &numbers)
      let merged = accumulator(kind, rows)
      merge(merged, into: merged, [(from: 1, into: 0), (from: 2, into: 0)])
      merged.reset(1)
      merged.reset(2)
      let expected = accumulator(kind, rows.map { ($0.group <= 2 ? 0 : $0.group, $0.value) })
      #expect(try results(merged, kind) == results(expected, kind))
    }
  }

  @Test(arguments: kinds)
  func groupThatIsResetBeginsAnew(kind: Kind) throws {
    var numbers = SeededNumbers(state: 13)
    for _ in 0..<12 {
      let (before, after) = (rows(kind, &numbers), rows(kind, &numbers))
      let accumulator = accumulator(kind, before)
      for group in [0, 3, 4] { accumulator.reset(group) }
      update(accumulator, kind, after)
      let expected = self.accumulator(kind, before.filter { ![0, 3, 4].contains($0.group) } + after)
      #expect(try results(accumulator, kind) == results(expected, kind))
    }
  }

  @Test(arguments: kinds)
  func stateIsReadAsItWasWritten(kind: Kind) throws {
    var numbers = SeededNumbers(state: 14)
    for _ in 0..<6 {
      let (before, after) = (rows(kind, &numbers), rows(kind, &numbers))
      let written = accumulator(kind, before)
      written.reset(2)
      var writer = ByteWriter()
      written.write(to: &writer)
      let again = AccumulatorPlan(kind.call).make()
      var reader = ByteReader(writer.bytes)
      try again.read(from: &reader, groups: Self.groups)
      #expect(reader.isAtEnd)
      update(again, kind, after)
      update(written, kind, after)
      #expect(try results(again, kind) == results(written, kind))
      #expect(throws: CorruptBytes.self) {
        var reader = ByteReader(writer.bytes)
        try AccumulatorPlan(kind.call).make().read(from: &reader, groups: Self.groups + 1)
      }
    }
  }

  @Test func stringsThatAreReplacedDoNotFillTheHeap() throws {
    let kind = Kind(function: .max, argument: .string, result: .string)
    let accumulator = accumulator(kind, [])
    for number in 1000..<9000 { update(accumulator, kind, [(0, .string("a string longer than twelve bytes, \(number)"))]) }
    #expect(try results(accumulator, kind)[0] == "a string longer than twelve bytes, 8999")
    #expect(accumulator.memoryUsed < 100_000)
  }

  @Test func countDistinctForgetsThePairsOfResetGroups() throws {
    let kind = Kind(function: .countDistinct, argument: .bigint, result: .bigint)
    let accumulator = accumulator(kind, [])
    for round in 0..<20 {
      update(accumulator, kind, (0..<500).map { (GroupIndex(1), .integer(Int64(round * 500 + $0))) })
      #expect(try results(accumulator, kind)[1] == "500")
      accumulator.reset(1)
    }
    #expect(accumulator.memoryUsed < 1_000_000)
    #expect(try results(accumulator, kind)[1] == "0")
  }

  @Test func decimalSumsDoNotDependOnTheOrderOfTheirRows() throws {
    let type = DataType.decimal(precision: 38, scale: 0)
    let kind = Kind(function: .sum, argument: type, result: type)
    let attempt = Kind(function: .trySum, argument: type, result: type)
    let large = Int128(9) * 10_000_000_000_000_000_000 * 1_000_000_000_000_000_000
    func sum(_ kind: Kind, _ parts: [[Int128]]) throws -> String {
      let accumulators = parts.map { accumulator(kind, $0.map { (0, .decimal(unscaled: $0, scale: 0)) }) }
      for other in accumulators.dropFirst() { merge(other, into: accumulators[0], [(from: 0, into: 0)]) }
      return try results(accumulators[0], kind)[0]
    }
    for sign in [Int128(1), -1] {
      let (one, back) = (large * sign, -large * sign)
      for order in [[one, one, back], [one, back, one], [back, one, one]] {
        #expect(try sum(kind, [order]) == "\(one)")
        #expect(try sum(kind, order.map { [$0] }) == "\(one)")
        #expect(try sum(kind, [Array(order[..<2]), [order[2]]]) == "\(one)")
        #expect(try sum(kind, [[order[0]], Array(order[1...])]) == "\(one)")
      }
      #expect(try sum(attempt, [[one, one]]) == "NULL")
      #expect(try sum(attempt, [[one], [one]]) == "NULL")
      #expect(throws: (any Error).self) { try sum(kind, [[one, one]]) }
    }
  }

  @Test func integerSumsMayLeaveTheirRangeAndComeBack() throws {
    let sum = Kind(function: .sum, argument: .bigint, result: .bigint)
    let attempt = Kind(function: .trySum, argument: .bigint, result: .bigint)
    let average = Kind(function: .avg, argument: .bigint, result: .double)
    for extreme in [Int64.max, .min] {
      let opposite = extreme == .max ? Int64.min : .max
      let far = accumulator(sum, (0..<5).map { _ in (0, .integer(extreme)) })
      #expect(throws: GroupOutOfRange.self) { try results(far, sum) }
      #expect(try results(far, attempt)[0] == "NULL")
      #expect(try results(far, average)[0] == Value.double(Double(extreme)).description)
      // Back by rows.
      update(far, sum, (0..<5).map { _ in (0, .integer(opposite)) })
      #expect(try results(far, sum)[0] == (extreme == .max ? "-5" : "-5"))
      // Out and back by parts, and by taking a part out again.
      let part = accumulator(sum, (0..<3).map { _ in (0, .integer(extreme)) })
      merge(part, into: far, [(from: 0, into: 0)])
      #expect(try results(far, attempt)[0] == "NULL")
      let again = try copied(far, sum)
      #expect(try results(again, attempt)[0] == "NULL")
      again.subtract(part, from: [0], into: [0], count: 1)
      #expect(try results(again, sum)[0] == "-5")
    }
  }

  private func copied(_ accumulator: Accumulator, _ kind: Kind) throws -> Accumulator {
    var writer = ByteWriter()
    accumulator.write(to: &writer)
    let copy = AccumulatorPlan(kind.call).make()
    var reader = ByteReader(writer.bytes)
    try copy.read(from: &reader, groups: Self.groups)
    return copy
  }

  @Test(arguments: kinds)
  func whatWasMergedCanBeTakenOutWhereAnAccumulatorSaysSo(kind: Kind) throws {
    var numbers = SeededNumbers(state: 15)
    let sums: Set<AggregateFunction> = [.sum, .trySum, .avg]
    let isExact = kind.function == .countRows || kind.function == .count || (sums.contains(kind.function) && kind.argument != .double)
    #expect(accumulator(kind, []).canSubtract == isExact)
    guard isExact else { return }
    for _ in 0..<6 {
      let (one, other) = (rows(kind, &numbers), rows(kind, &numbers))
      let both = accumulator(kind, one + other)
      let all = (0..<GroupIndex(Self.groups)).map { $0 }
      both.subtract(accumulator(kind, other), from: all, into: all, count: all.count)
      #expect(try results(both, kind) == results(accumulator(kind, one), kind))
    }
  }

  @Test func sumsCountTheRowsThatTheyPassOver() throws {
    for type in [DataType.bigint, .double, .decimal(precision: 10, scale: 2)] {
      var numbers = SeededNumbers(state: 16)
      let kind = Kind(function: .sum, argument: type, result: type)
      func make(_ rows: [(group: GroupIndex, value: Value)]) -> Accumulator {
        let accumulator = AccumulatorPlan(kind.call).make(countsRows: true)
        accumulator.grow(to: Self.groups)
        update(accumulator, kind, rows)
        return accumulator
      }
      let (one, other) = (rows(kind, &numbers), rows(kind, &numbers))
      let merged = make(one)
      merge(make(other), into: merged, (0..<GroupIndex(Self.groups)).map { ($0, $0) })
      merged.reset(3)
      let all = Pane.identity(Self.groups)
      for (function, counts) in [
        (.countRows, { (_: Value) in true }), (.count, { !$0.isNull }),
      ] as [(AggregateFunction, (Value) -> Bool)] {
        let column = try merged.emit(function, as: .bigint, groups: all.base, count: Self.groups)
        for group in 0..<Self.groups {
          let expected = group == 3 ? 0 : (one + other).filter { Int($0.group) == group && counts($0.value) }.count
          #expect(column.value(group) == .integer(Int64(expected)))
        }
      }
    }
  }

  @Test func averagesOfDecimalsRoundHalfAwayFromZero() throws {
    let kind = Kind(
      function: .avg, argument: .decimal(precision: 10, scale: 2), result: .decimal(precision: 10, scale: 2))
    func average(_ unscaled: [Int128]) throws -> String {
      try results(accumulator(kind, unscaled.map { (0, .decimal(unscaled: $0, scale: 2)) }), kind)[0]
    }
    #expect(try average([1, 0]) == "0.01")
    #expect(try average([-1, 0]) == "-0.01")
    #expect(try average([1, 0, 0]) == "0.00")
    #expect(try average([2, 0, 0]) == "0.01")
    #expect(try average([-1, 1]) == "0.00")
  }
}
