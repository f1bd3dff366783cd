import Testing
import Tidemill

@testable import TidemillCommand

@Suite struct ResultTableTests {
  private let schema = Schema(Field("k", .string), Field("n", .bigint), Field("w", .window))

  private func shape(_ mode: OutputMode = .update, key: [Int]? = [0, 2]) -> ResultShape {
    ResultShape(schema: schema, key: key, mode: mode, zone: .utc, queryName: "q")
  }

  private func row(_ key: String, _ count: Int, hour: Int) -> [Value] {
    let start = EventTime(microseconds: 0) + .hours(Int64(hour))
    return [.string(key), .integer(Int64(count)), .window(start: start, end: start + .hours(1))]
  }

  @Test func aChangedRowReplacesTheOneOfItsKeyAndARetractedOneGoes() {
    var table = ResultTable(shape(), order: ResultOrder(shape()))
    table.apply(Batch(schema: schema, rows: [row("b", 1, hour: 0), row("a", 2, hour: 1), row("a", 1, hour: 0)]))
    table.apply(Batch(schema: schema, rows: [row("b", 5, hour: 0), row("a", 2, hour: 1)], weights: [1, -1]))
    #expect(table.sortedRows == [row("a", 1, hour: 0), row("b", 5, hour: 0)])
  }

  @Test func withoutAKeyEqualRowsAreCounted() {
    let shape = shape(key: nil)
    var table = ResultTable(shape, order: ResultOrder(shape))
    table.apply(Batch(schema: schema, rows: [row("a", 1, hour: 0), row("a", 1, hour: 0), row("b", 1, hour: 0)]))
    table.apply(Batch(schema: schema, rows: [row("a", 1, hour: 0)], weights: [-1]))
    #expect(table.sortedRows == [row("a", 1, hour: 0), row("b", 1, hour: 0)])
  }

  @Test func inCompleteModeABatchIsTheWholeTable() {
    var table = ResultTable(shape(.complete), order: ResultOrder(shape(.complete)))
    table.apply(Batch(schema: schema, rows: [row("a", 1, hour: 0), row("b", 1, hour: 0)]))
    table.apply(Batch(schema: schema, rows: [row("b", 2, hour: 0)]))
    #expect(table.sortedRows == [row("b", 2, hour: 0)])
  }

  @Test func aCutTableKeepsTheNewestWindowsAndNeverGrows() {
    var table = ResultTable(shape(), order: ResultOrder(shape(), newestFirst: true), limit: 100)
    for hour in 0..<50 {
      let rows = (0..<40).map { row("k\($0 + 10)", hour, hour: hour) }
      table.apply(Batch(schema: schema, rows: rows))
      #expect(table.count <= 125)
    }
    // A change of a window that is no longer kept.
    table.apply(Batch(schema: schema, rows: [row("k10", 7, hour: 3)]))
    let rows = table.sortedRows
    #expect(table.isCut)
    #expect(rows.prefix(3) == [row("k10", 49, hour: 49), row("k11", 49, hour: 49), row("k12", 49, hour: 49)])
    #expect(rows.dropFirst(40).first == row("k10", 48, hour: 48))
    #expect(!rows.contains(row("k10", 7, hour: 3)))
  }

  @Test func aCutTableWithoutWindowsKeepsTheFirstKeys() {
    let schema = Schema(Field("k", .bigint))
    let shape = ResultShape(schema: schema, key: [0], mode: .update, zone: .utc, queryName: "q")
    var table = ResultTable(shape, order: ResultOrder(shape, newestFirst: true), limit: 10)
    table.apply(Batch(schema: schema, rows: (0..<1000).reversed().map { [.integer(Int64($0))] }))
    let expected: [[Value]] = (0..<10).map { [.integer($0)] }
    #expect(Array(table.sortedRows.prefix(10)) == expected)
    #expect(table.count <= 13)
  }

  @Test func quantitiesAreReadable() {
    #expect(Quantity.grouped(1_234_567) == "1,234,567")
    #expect(Quantity.grouped(-12) == "-12")
    #expect(Quantity.decimal(1.0049, digits: 2) == "1.00")
    #expect(Quantity.bytes(1023) == "1023 B")
    #expect(Quantity.bytes(3 << 19) == "1.5 MiB")
  }
}
