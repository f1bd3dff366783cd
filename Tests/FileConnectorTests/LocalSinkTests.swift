import Foundation
import Synchronization
import Testing
import TidemillColumns
import TidemillConnectors
import TidemillPlan

@testable import LocalConnectors

@Suite struct LocalSinkTests {
  static let schema = Schema(Field("key", .string), Field("total", .bigint))

  func shape(_ mode: OutputMode, key: [Int]? = [0]) -> ResultShape {
    ResultShape(schema: Self.schema, key: key, mode: mode, zone: .utc, queryName: "q")
  }

  func batch(_ rows: [(String, Int64)], weights: [Int8]? = nil) -> Batch {
    Batch(schema: Self.schema, rows: rows.map { [.string($0.0), .integer($0.1)] }, weights: weights)
  }

  @Test func consoleWritesTheHeaderOnceAndThenRows() async throws {
    let printed = Mutex<[UInt8]>([])
    let sink = ConsoleSink(writer: TestWriter(heading: "key\n")) { bytes in printed.withLock { $0 += bytes } }
    try await sink.open(shape(.update), lastEpoch: .none)
    try await sink.write(batch([("a", 1), ("b", 2)]), epoch: Epoch(1))
    try await sink.write(batch([]), epoch: Epoch(2))
    #expect(String(decoding: printed.withLock { $0 }, as: UTF8.self) == "key\na\nb\n")
  }

  @Test func aReaderThatGoesAwayIsAnErrorThatSaysSo() async throws {
    let pipe = Pipe()
    let sink = ConsoleSink(writer: TestWriter(), descriptor: pipe.fileHandleForWriting.fileDescriptor)
    try await sink.open(shape(.update), lastEpoch: .none)
    try await sink.write(batch([("a", 1)]), epoch: Epoch(1))
    try pipe.fileHandleForReading.close()
    let error = await tidemillError { try await sink.write(batch([("a", 1)]), epoch: Epoch(2)) }
    #expect(error?.message.hasSuffix("has gone") == true)
  }

  @Test func memoryFoldsUpdatesByKey() async throws {
    let sink = MemorySink()
    try await sink.open(shape(.update), lastEpoch: .none)
    try await sink.write(batch([("a", 1), ("b", 1)]), epoch: Epoch(1))
    try await sink.write(batch([("a", 2), ("b", 1)], weights: [1, -1]), epoch: Epoch(2))
    try await sink.write(batch([("a", 9)]), epoch: Epoch(2))
    #expect(sink.table == [[.string("a"), .integer(2)]])
    #expect(sink.epochs.count == 2)
  }

  @Test func memoryFoldsRowsWithoutAKeyAndKeepsCompleteResults() async throws {
    let bag = MemorySink()
    try await bag.open(shape(.update, key: nil), lastEpoch: .none)
    try await bag.write(batch([("a", 1), ("a", 1), ("b", 1)]), epoch: Epoch(1))
    try await bag.write(batch([("a", 1)], weights: [-1]), epoch: Epoch(2))
    #expect(bag.table == [[.string("a"), .integer(1)], [.string("b"), .integer(1)]])
    let complete = MemorySink()
    try await complete.open(shape(.complete), lastEpoch: .none)
    try await complete.write(batch([("a", 1)]), epoch: Epoch(1))
    try await complete.write(batch([("b", 1)]), epoch: Epoch(2))
    #expect(complete.table == [[.string("b"), .integer(1)]])
  }

  @Test func aFunctionGetsEachEpoch() async throws {
    let seen = Mutex<[Epoch]>([])
    let sink = CallbackSink { _, epoch in seen.withLock { $0.append(epoch) } }
    try await sink.write(batch([("a", 1)]), epoch: Epoch(1))
    try await sink.write(batch([]), epoch: Epoch(2))
    #expect(seen.withLock { $0 } == [Epoch(1), Epoch(2)])
  }

  @Test func aStreamGivesAllResultsInOrderToAReaderThatIsSlower() async throws {
    let stream = ResultStream(bufferLimit: 2)
    async let written: Void = {
      for number in 1...50 { try await stream.write(batch([("a", Int64(number))]), epoch: Epoch(UInt64(number))) }
      try await stream.close()
    }()
    var seen: [UInt64] = []
    for try await result in stream { seen.append(result.epoch.number) }
    try await written
    #expect(seen == Array(1...50))
  }

  @Test func aReaderThatLeavesDoesNotHoldTheQueryUp() async throws {
    let stream = ResultStream(bufferLimit: 1)
    try await stream.write(batch([("a", 1)]), epoch: Epoch(1))
    for try await _ in stream { break }
    for number: UInt64 in 2...10 { try await stream.write(batch([("a", 1)]), epoch: Epoch(number)) }
    try await stream.close()
  }
}
