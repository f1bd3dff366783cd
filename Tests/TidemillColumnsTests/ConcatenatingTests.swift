import Testing

@testable import TidemillColumns

@Suite struct ConcatenatingTests {
  private let schema = Schema(
    Field("b", .boolean), Field("i", .bigint), Field("d", .double), Field("m", .decimal(precision: 30, scale: 0)),
    Field("s", .string), Field("w", .window))

  private func row(_ number: Int) -> [Value] {
    if number % 7 == 3 { return [Value](repeating: .null, count: 6) }
    let time = EventTime(microseconds: Int64(number))
    return [
      .boolean(number % 2 == 0), .integer(Int64(number)), .double(Double(number)),
      .decimal(unscaled: Int128(number) << 70, scale: 0),
      .string(number % 3 == 0 ? "short \(number)" : "longer than twelve bytes: \(number)"), .window(start: time, end: time),
    ]
  }

  @Test func batchesFollowEachOtherInWhateverOrderTheyAreCopied() {
    let all = (0..<40).map { Batch(schema: schema, rows: [row($0), row($0 + 1)]) }
    // Selected rows share the long strings of the batch that they come from.
    let batches = all.enumerated().map { $0 % 4 == 0 ? $1 : ($0 % 4 == 1 ? $1.selecting([1]) : $1.selecting([0, 1, 0])) }
    let expected = batches.flatMap(\.rows)
    let parts = batches + [.empty(schema)]
    #expect(Batch.concatenating(parts, schema: schema).rows == expected)
    var given = parts
    let backwards = Batch.concatenating(&given, schema: schema) { count, body in
      for index in (0..<count).reversed() { body(index) }
    }
    #expect(backwards.rows == expected)
    #expect(backwards.weights == nil)
    let weighted = Batch(schema: schema, rows: [row(1)], weights: [-1])
    let mixed = Batch.concatenating([batches[0], weighted], schema: schema)
    #expect((0..<3).map { mixed.weight($0) } == [1, 1, -1])
  }
}
