import Testing
import TidemillColumns
import TidemillPlan

@testable import TidemillEngine

private let schema = Schema(Field("g", .bigint), Field("k", .string), Field("v", .bigint))

private func row(_ group: Int64, _ key: String, _ value: Int64?) -> [Value] {
  [.integer(group), .string(key), value.map { .integer($0) } ?? .null]
}

private func text(_ batch: Batch) -> [String] {
  batch.rows.enumerated().map { "\(batch.weight($0) > 0 ? "+" : "-")\($1.map(\.description).joined(separator: " "))" }.sorted()
}

@Suite struct TopNOperatorTests {
  private static func topN(limit: Int) -> TopN {
    TopN(
      partition: [0],
      order: [
        .init(ordinal: 2, ascending: false, nullsFirst: false), .init(ordinal: 1, ascending: true, nullsFirst: true),
      ], limit: limit, rankName: "rank", key: [0, 1])
  }

  /// Ranks all rows by sorting them.
  private func best(_ table: [String: [Value]], limit: Int) -> Set<String> {
    var result: Set<String> = []
    for (_, rows) in Dictionary(grouping: table.values, by: { $0[0].description }) {
      let sorted = rows.sorted { left, right in
        switch (left[2], right[2]) {
        case (.integer(let one), .integer(let two)) where one != two: one > two
        case (.integer, .null): true
        case (.null, .integer): false
        default: left[1].description < right[1].description
        }
      }
      for (index, row) in sorted.prefix(limit).enumerated() {
        result.insert((row + [.integer(Int64(index + 1))]).map(\.description).joined(separator: " "))
      }
    }
    return result
  }

  @Test(arguments: 1...8 as ClosedRange<UInt64>)
  func foldedChangesAreTheBestOfAllRows(seed: UInt64) throws {
    var numbers = SeededNumbers(state: seed)
    let limit = Int.random(in: 1...3, using: &numbers)
    var step = TopNOperator(Self.topN(limit: limit), mode: .update, inputSchema: schema)
    var table: [String: [Value]] = [:]
    var result: [String: Int] = [:]
    for _ in 0..<40 {
      var changes: [[Value]] = []
      var weights: [Int8] = []
      var changed: Set<String> = []
      for _ in 0..<Int.random(in: 0...6, using: &numbers) {
        let (group, key) = (Int64.random(in: 0...2, using: &numbers), "k\(Int.random(in: 0...5, using: &numbers))")
        // The steps before take a row back and insert its successor, once an epoch.
        guard changed.insert("\(group) \(key)").inserted else { continue }
        if let old = table.removeValue(forKey: "\(group) \(key)") {
          changes.append(old)
          weights.append(-1)
        }
        if Int.random(in: 0..<4, using: &numbers) == 0 { continue }
        let value = Int.random(in: 0..<8, using: &numbers) == 0 ? nil : Int64.random(in: 0...5, using: &numbers)
        let new = row(group, key, value)
        table["\(group) \(key)"] = new
        changes.append(new)
        weights.append(1)
      }
      let output = try step.process(
        Batch(schema: schema, rows: changes, weights: weights), Moment(watermark: .min, isFinal: false))
      for line in text(output) { result[String(line.dropFirst()), default: 0] += line.hasPrefix("+") ? 1 : -1 }
      #expect(result.values.allSatisfy { $0 == 0 || $0 == 1 })
      #expect(Set(result.filter { $0.value == 1 }.keys) == best(table, limit: limit))
      if Bool.random(using: &numbers) {
        var writer = ByteWriter()
        step.write(to: &writer)
        step = TopNOperator(Self.topN(limit: limit), mode: .update, inputSchema: schema)
        var reader = ByteReader(writer.bytes)
        try step.read(from: &reader)
      }
    }
  }

  /// Few rows are inserted where they belong, many are sorted: nobody may see which.
  @Test func aLargeLimitRanksAsASmallOneDoes() throws {
    var numbers = SeededNumbers(state: 3)
    let order = TopN.Order(ordinal: 2, ascending: false, nullsFirst: false)
    func ranked(_ batch: Batch, limit: Int, _ mode: OutputMode) throws -> [[Value]] {
      let topN = TopN(partition: [0], order: [order], limit: limit, rankName: "rank", key: [0, 1])
      let step = TopNOperator(topN, mode: mode, inputSchema: schema)
      return try step.process(batch, Moment(watermark: .min, isFinal: false)).rows
    }
    for mode in [OutputMode.append, .update] {
      let rows = (0..<300).map { number in
        row(number % 2 == 0 ? 1 : 2, "k\(number)", number % 17 == 0 ? nil : Int64.random(in: 0...9, using: &numbers))
      }
      let batch = Batch(schema: schema, rows: rows)
      let small = try ranked(batch, limit: 64, mode)
      #expect(small.count == 128)
      for limit in [65, 100, 1000] {
        let large = try ranked(batch, limit: limit, mode)
        #expect(large.count == 2 * min(limit, 150))
        #expect(large.filter { row in if case .integer(let rank) = row[3] { rank <= 64 } else { false } } == small)
        for part in [large[..<(large.count / 2)], large[(large.count / 2)...]] {
          #expect(part.enumerated().allSatisfy { $1[3] == .integer(Int64($0 + 1)) })
          // Of equal rows the one that came first is first.
          let places = part.map { row in (row[2], rows.firstIndex { $0[1] == row[1] }!) }
          #expect(zip(places, places.dropFirst()).allSatisfy { $0.0 != $1.0 || $0.1 < $1.1 })
        }
      }
    }
  }

  @Test func appendRanksWhatComesAndKeepsNothing() throws {
    let step = TopNOperator(Self.topN(limit: 1), mode: .append, inputSchema: schema)
    let moment = Moment(watermark: .min, isFinal: false)
    let first = try step.process(Batch(schema: schema, rows: [row(1, "b", 3), row(1, "a", 3), row(2, "c", nil)]), moment)
    #expect(text(first) == ["+1 a 3 1", "+2 c NULL 1"])
    #expect(text(try step.process(Batch(schema: schema, rows: [row(1, "z", 1)]), moment)) == ["+1 z 1 1"])
    #expect(step.metrics.rowsTotal == 0)
  }
}

@Suite struct ChangeNormaliserTests {
  private func normalised(key: [Int]?, _ changes: [(Int8, [Value])]) -> [String] {
    text(
      ChangeNormaliser(key: key).normalise(
        Batch(schema: schema, rows: changes.map(\.1), weights: changes.map(\.0))))
  }

  @Test func withAKeyThereIsAtMostOneChangeOfIt() {
    let changes: [(Int8, [Value])] = [
      (-1, row(1, "a", 1)), (1, row(1, "a", 2)), (-1, row(1, "b", 5)), (1, row(1, "c", 7)), (-1, row(1, "d", 1)),
      (1, row(1, "d", 1)), (1, row(1, "e", 1)), (-1, row(1, "e", 1)), (1, row(1, "e", 2)),
    ]
    #expect(normalised(key: [0, 1], changes) == ["+1 a 2", "+1 c 7", "+1 e 2", "-1 b 5"])
  }

  @Test func withoutAKeyInsertsAndRetractionsOfARowCancel() {
    let changes: [(Int8, [Value])] = [
      (-1, row(1, "a", 1)), (1, row(1, "a", 2)), (1, row(1, "a", 1)), (1, row(1, "a", 2)), (-1, row(2, "b", nil)),
      (-1, row(2, "b", nil)), (1, row(2, "b", nil)),
    ]
    #expect(normalised(key: nil, changes) == ["+1 a 2", "+1 a 2", "-2 b NULL"])
  }

  @Test func changesWithoutWeightsAreInserts() {
    let batch = Batch(schema: schema, rows: [row(1, "a", 1), row(1, "a", 1)])
    #expect(text(ChangeNormaliser(key: nil).normalise(batch)) == ["+1 a 1", "+1 a 1"])
  }
}
