import Synchronization
import Testing
import Tidemill
import TidemillConnectors

/// What is too large to be in memory twice is written in parts; what waits is woken without a trace.
@Suite struct PartsTests {
  @Test(arguments: [1, 2, 7, 64, 1000])
  func partsJoinedAreWhatWasWritten(limit: Int) {
    func write(_ writer: inout ByteWriter) {
      writer.write(varint: 300)
      writer.write(string: "a string of some length")
      writer.write(Buffer((0..<50).map { Int64($0) }))
      writer.write(bool: true)
      writer.write(raw: Array(repeating: 9, count: 130))
      writer.write(UInt32(7))
    }
    var whole = ByteWriter()
    write(&whole)
    let parts = Mutex<[[UInt8]]>([])
    var writer = ByteWriter(givingEvery: limit) { part in parts.withLock { $0.append(part) } }
    write(&writer)
    writer.flush()
    writer.flush()
    let given = parts.withLock { $0 }
    #expect(given.flatMap { $0 } == whole.bytes)
    #expect(given.allSatisfy { (1...limit).contains($0.count) })
    #expect(given.dropLast().allSatisfy { $0.count == limit })
  }

  @Test func aSleeperThatIsCancelledWakesAtOnceAndOthersSleepOn() async throws {
    let pause = Pause()
    let long = Task { try await pause.sleep(for: .seconds(3600)) }
    let first = Task { try await pause.sleep(for: .milliseconds(1)) }
    try await first.value
    try await pause.sleep(for: .zero)
    long.cancel()
    await #expect(throws: CancellationError.self) { try await long.value }
    let early = Task {
      withUnsafeCurrentTask { $0?.cancel() }
      try await pause.sleep(for: .seconds(3600))
    }
    await #expect(throws: CancellationError.self) { try await early.value }
  }
}
