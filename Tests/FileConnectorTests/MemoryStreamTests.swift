import Foundation
import TidemillColumns
import TidemillConnectors
import Testing

@testable import LocalConnectors

@Suite struct MemoryStreamTests {
  static let schema = Schema(
    Field("name", .string), Field("amount", .int), Field("at", .timestamp), Field("user.id", .bigint, path: ["user", "id"]))

  func row(_ name: String, _ second: Int64) -> [Value] {
    [.string(name), .integer(1), .timestamp(EventTime(microseconds: second * 1_000_000)), .null]
  }

  func read(_ source: some Source, _ slice: SourceSlice, latest: EventTime = .distantFuture) throws -> [ReadResult] {
    try source.tasks(for: slice).map { try $0.read(latest: latest) }
  }

  @Test func pushedRowsComeInOrderPerPartitionWhateverTheLimit() async throws {
    for limit in [1, 64, 130, 100_000] {
      let stream = MemoryStream(schema: Self.schema, partitions: 2)
      stream.push([row("a", 1), row("b", 2)])
      stream.push([row("x", 1)], partition: 1)
      stream.push(batch: Batch(schema: Self.schema, rows: [row("c", 3)]))
      var names: [Int: [String]] = [:]
      var position = SourcePosition.beginning
      while let slice = try await stream.nextSlice(after: position, byteLimit: limit, isFinal: false) {
        for task in try stream.tasks(for: slice) {
          names[task.partition, default: []] += try task.read(latest: .distantFuture).batch.rows.map { $0[0].description }
        }
        position = slice.end
      }
      #expect(names == [0: ["a", "b", "c"], 1: ["x"]])
    }
  }

  @Test func rowsWithoutAcceptableTimeOrTypesAreRejectedWithTheirReason() async throws {
    let stream = MemoryStream(schema: Self.schema, eventTime: "at")
    stream.push([
      row("good", 1), [.string("no time"), .null, .null, .null], row("future", 100),
      [.string("wrong"), .integer(1 << 40), .null, .null], [.string("short")], row("also good", 2),
    ])
    let slice = try #require(try await stream.nextSlice(after: .beginning, byteLimit: 1 << 20, isFinal: false))
    let result = try read(stream, slice, latest: EventTime(microseconds: 50_000_000))[0]
    #expect(result.batch.rows.map { $0[0] } == [.string("good"), .string("also good")])
    #expect(result.rejected.map(\.reason) == [.missingTime, .future, .wrongType, .malformed])
    #expect(result.rejected.map(\.offset) == [1, 2, 3, 4])
    #expect(result.rejected[2].detail == "amount: 1099511627776 is no INT")
    #expect(result.rowCount == 6)
  }

  @Test func timesBeyondTheCalendarAreRejected() async throws {
    let stream = MemoryStream(schema: Self.schema, eventTime: "at")
    let edge = EventTime.supported
    let far = [.min, edge.lowerBound.microseconds - 1, edge.upperBound.microseconds + 1, .max] as [Int64]
    for time in far + [edge.lowerBound.microseconds, edge.upperBound.microseconds] {
      stream.push([[.string("x"), .integer(1), .timestamp(EventTime(microseconds: time)), .null]])
    }
    let slice = try #require(try await stream.nextSlice(after: .beginning, byteLimit: 1 << 20, isFinal: false))
    let results = try read(stream, slice)
    #expect(results.flatMap(\.rejected).map(\.reason) == [.wrongType, .wrongType, .wrongType, .wrongType])
    #expect(results.flatMap(\.rejected).map(\.offset) == [0, 1, 2, 3])
    #expect(
      results.flatMap { $0.batch.rows.map { $0[2] } } == [.timestamp(edge.lowerBound), .timestamp(edge.upperBound)])
  }

  struct Sale: Encodable {
    struct User: Encodable { var id: UInt16 }
    enum Name: String, Encodable { case kettle }

    var name: Name
    var amount: Int?
    var at: Date
    var user: User
    var ignored = "not a column"
  }

  @Test func encodableValuesBecomeRowsByPropertyPath() async throws {
    let stream = MemoryStream(schema: Self.schema)
    let date = Date(timeIntervalSince1970: 1_700_000_000.123456)
    try stream.push([
      Sale(name: .kettle, amount: 3, at: date, user: Sale.User(id: 7)),
      Sale(name: .kettle, amount: nil, at: date, user: Sale.User(id: 8)),
    ])
    let slice = try #require(try await stream.nextSlice(after: .beginning, byteLimit: 1 << 20, isFinal: false))
    let time = Value.timestamp(EventTime(microseconds: 1_700_000_000_123_456))
    #expect(
      try read(stream, slice)[0].batch.rows == [
        [.string("kettle"), .integer(3), time, .integer(7)], [.string("kettle"), .null, time, .integer(8)],
      ])
  }

  @Test func anArrayHasNoColumnType() async throws {
    struct Row: Encodable { var name = ["a"] }
    let stream = MemoryStream(schema: Self.schema)
    let error = await tidemillError { try stream.push(Row()) }
    #expect(error?.message == "name: an array has no column type")
  }

  @Test func aDecimalIsBroughtToItsColumnsScaleOnlyWhenNothingIsLost() {
    let type = DataType.decimal(precision: 4, scale: 2)
    #expect((try? type.converted(.integer(12)).get()) == .decimal(unscaled: 1200, scale: 2))
    #expect((try? type.converted(.decimal(unscaled: 12500, scale: 3)).get()) == .decimal(unscaled: 1250, scale: 2))
    #expect((try? type.converted(.decimal(unscaled: 12501, scale: 3)).get()) == nil)
    #expect((try? type.converted(.integer(100)).get()) == nil)
    #expect(
      (try? DataType.timestamp.converted(.string("1970-01-01T00:00:01Z")).get())
        == .timestamp(EventTime(microseconds: 1_000_000)))
  }

  @Test func rowsAreKeptUntilReleasedAndThenGone() async throws {
    let stream = MemoryStream(schema: Self.schema)
    stream.push([row("a", 1)])
    stream.push([row("b", 2), row("c", 3)])
    let first = try #require(try await stream.nextSlice(after: .beginning, byteLimit: 128, isFinal: false))
    // Part of the second push is in the first slice, the rest is not: the push stays whole.
    try await stream.release(before: first.end)
    #expect(stream.keptRows == 2)
    let second = try #require(try await stream.nextSlice(after: first.end, byteLimit: 128, isFinal: false))
    #expect(try read(stream, second)[0].batch.rows == [row("c", 3)])
    try await stream.release(before: second.end)
    #expect(stream.keptRows == 0)
  }

  @Test func aReleasedSliceIsAnErrorNotNothing() async throws {
    let stream = MemoryStream("events", schema: Self.schema)
    stream.push([row("a", 1)])
    let slice = try #require(try await stream.nextSlice(after: .beginning, byteLimit: 128, isFinal: false))
    try await stream.release(before: slice.end)
    #expect(await tidemillError { _ = try stream.tasks(for: slice) }?.message == "events no longer has the rows 0 to 1")
    let other = MemoryStream("events", schema: Self.schema)
    let error = await tidemillError { _ = try await other.nextSlice(after: slice.end, byteLimit: 1, isFinal: false) }
    #expect(error?.hint?.contains("does not outlive its process") == true)
  }

  @Test func aWaitingReaderIsWokenByAPush() async throws {
    let stream = MemoryStream(schema: Self.schema)
    async let woken: Void = stream.waitForInput(timeout: .seconds(3600))
    stream.push([row("a", 1)])
    try await woken
    #expect(try await stream.nextSlice(after: .beginning, byteLimit: 1, isFinal: false) != nil)
  }

  @Test func waitingEndsWithItsTimeoutAndWithItsTask() async throws {
    let stream = MemoryStream(schema: Self.schema)
    try await stream.waitForInput(timeout: .milliseconds(1))
    let waiting = Task { try await stream.waitForInput(timeout: .seconds(3600)) }
    waiting.cancel()
    await #expect(throws: CancellationError.self) { try await waiting.value }
  }

  @Test func theStreamHasEndedOnceEverythingIsTaken() async throws {
    let stream = MemoryStream(schema: Self.schema)
    stream.push([row("a", 1)])
    stream.finish()
    #expect(!stream.hasEnded)
    try await stream.waitForInput(timeout: .seconds(3600))
    _ = try await stream.nextSlice(after: .beginning, byteLimit: 128, isFinal: false)
    #expect(stream.hasEnded)
  }

  @Test func aQueryReadsTheColumnsItAsksFor() async throws {
    let stream = MemoryStream(schema: Self.schema)
    stream.push([row("a", 1), [.string("b"), .null, .null, .null]])
    let request = ReadRequest(schema: Schema(Field("at", .timestamp), Field("name", .string)), eventTime: 0)
    let source = try stream.reading(request)
    let slice = try #require(try await source.nextSlice(after: .beginning, byteLimit: 1 << 20, isFinal: false))
    let result = try source.tasks(for: slice)[0].read(latest: .distantFuture)
    #expect(result.batch.rows == [[.timestamp(EventTime(microseconds: 1_000_000)), .string("a")]])
    #expect(result.rejected.map(\.reason) == [.missingTime])
    let wrong = ReadRequest(schema: Schema(Field("name", .int)))
    #expect(await tidemillError { _ = try stream.reading(wrong) }?.code == .invalidQuery)
  }
}
