import Synchronization
import Testing
import TidemillColumns
import TidemillConnectors

@testable import LocalConnectors

@Suite struct RateSourceTests {
  /// A clock that the test moves.
  final class Clock: Sendable {
    private let time = Mutex(EventTime(microseconds: 1_000_000))
    var now: EventTime { time.withLock { $0 } }
    func advance(_ seconds: Int64) { time.withLock { $0 = $0 + .seconds(seconds) } }
  }

  let clock = Clock()

  func source(_ options: RateSource.Options, eventTime: Int? = nil) throws -> RateSource {
    try RateSource(ReadRequest(schema: RateSource.schema, eventTime: eventTime), options: options) { [clock] in clock.now }
  }

  func rows(_ source: RateSource, _ slice: SourceSlice) throws -> [[Value]] {
    try source.tasks(for: slice).flatMap { try $0.read(latest: .distantFuture).batch.rows }
  }

  @Test func rowsComeWithTheClockAndAreTheSameAfterARestart() async throws {
    let source = try source(RateSource.Options(rowsPerSecond: 2))
    #expect(try await source.nextSlice(after: .beginning, byteLimit: 1000, isFinal: false) == nil)
    clock.advance(1)
    let first = try #require(try await source.nextSlice(after: .beginning, byteLimit: 1000, isFinal: false))
    let expected: [[Value]] = [
      [.timestamp(EventTime(microseconds: 1_000_000)), .integer(0)],
      [.timestamp(EventTime(microseconds: 1_500_000)), .integer(1)],
    ]
    #expect(try rows(source, first) == expected)
    clock.advance(1)
    let restarted = try self.source(RateSource.Options(rowsPerSecond: 2))
    #expect(try rows(restarted, first) == expected)
    let second = try #require(try await restarted.nextSlice(after: first.end, byteLimit: 1000, isFinal: false))
    #expect(try rows(restarted, second).map { $0[1] } == [.integer(2), .integer(3)])
    #expect(second.reachesEnd)
  }

  @Test(arguments: [1, 16, 50, 1000])
  func aBoundedSourceGivesItsRowsToAllPartitionsAndEnds(limit: Int) async throws {
    let source = try source(RateSource.Options(rowsPerSecond: 10, partitions: 3, rows: 20))
    var values: [Int: [Value]] = [:]
    var position = SourcePosition.beginning
    while let slice = try await source.nextSlice(after: position, byteLimit: limit, isFinal: true) {
      for task in try source.tasks(for: slice) {
        values[task.partition, default: []] += try task.read(latest: .distantFuture).batch.rows.map { $0[1] }
      }
      position = slice.end
    }
    for partition in 0..<3 {
      #expect(values[partition] == stride(from: partition, to: 20, by: 3).map { .integer(Int64($0)) })
    }
    #expect(source.hasEnded)
  }

  @Test func rowsAheadOfTheClockAreRejected() async throws {
    let source = try source(RateSource.Options(rowsPerSecond: 1, rows: 5), eventTime: 0)
    let slice = try #require(try await source.nextSlice(after: .beginning, byteLimit: 1000, isFinal: true))
    let result = try source.tasks(for: slice)[0].read(latest: EventTime(microseconds: 3_000_000))
    #expect(result.batch.count == 3)
    #expect(result.rejected.map(\.reason) == [.future, .future])
  }

  @Test func optionsAreReadAndWrongOnesNamed() async throws {
    let options = try RateSource.Options(["rowspersecond": "5", "numpartitions": "2", "rows": "7"])
    #expect(options == RateSource.Options(rowsPerSecond: 5, partitions: 2, rows: 7))
    #expect(
      await tidemillError { _ = try RateSource.Options(["rowspersecond": "0"]) }?.message.contains("rowsPerSecond") == true)
    #expect(await tidemillError { _ = try RateSource.Options(["rampuptime": "5s"]) }?.code == .unsupported)
    let wrong = ReadRequest(schema: Schema(Field("value", .string)))
    #expect(await tidemillError { _ = try RateSource(wrong) }?.code == .invalidQuery)
  }
}
