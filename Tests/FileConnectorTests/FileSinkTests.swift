import Synchronization
import Testing
import TidemillColumns
import TidemillConnectors
import TidemillPlan

@testable import FileConnector

@Suite struct FileSinkTests {
  let files = TestFiles()

  func sink(_ options: FileSink.Options = FileSink.Options(), heading: String = "") -> FileSink {
    FileSink(
      directory: "out", writer: TestWriter(heading: heading), fileExtension: "json", files: files, options: options)
  }

  func shape(_ mode: OutputMode) -> ResultShape {
    ResultShape(schema: textSchema, key: nil, mode: mode, zone: .utc, queryName: "q")
  }

  func batch(_ texts: String...) -> Batch { Batch(schema: textSchema, rows: texts.map { [.string($0)] }) }

  func part(_ epoch: Int) -> String { "out/part-" + String(repeating: "0", count: 19) + "\(epoch).json" }

  @Test(arguments: [1, 2, 3, 8])
  func aLargeResultIsInOrderHoweverManyThreadsEncodeIt(threads: Int) async throws {
    let sink = sink(FileSink.Options(rowsAtATime: 7, threads: threads), heading: "h\n")
    let texts = (0..<1000).map { "row \($0)" }
    try await sink.open(shape(.append), lastEpoch: .none)
    try await sink.write(Batch(schema: textSchema, rows: texts.map { [.string($0)] }), epoch: Epoch(1))
    #expect(files.text(part(1)) == "h\n" + texts.map { $0 + "\n" }.joined())
  }

  @Test(arguments: [1, 3])
  func whatABlockMeetsEndsTheRestOfThem(threads: Int) {
    struct Full: Error {}
    let blocks = RowBlocks(
      TestWriter(), Batch(schema: textSchema, rows: (0..<100).map { [.string("\($0)")] }), rowsPerBlock: 1)
    let texts = Mutex<[String]>([])
    #expect(throws: Full.self) {
      try blocks.forEach(threads: threads) { bytes in
        let text = String(decoding: bytes, as: UTF8.self)
        texts.withLock { $0.append(text) }
        if text == "41\n" { throw Full() }
      }
    }
    #expect(texts.withLock { $0 } == (0...41).map { "\($0)\n" })
  }

  @Test func eachEpochWithRowsMakesOneFileThatAppearsWhole() async throws {
    let sink = sink()
    try await sink.open(shape(.append), lastEpoch: .none)
    try await sink.write(batch("a", "b"), epoch: Epoch(1))
    try await sink.write(batch(), epoch: Epoch(2))
    try await sink.write(batch("c"), epoch: Epoch(3))
    #expect(try files.names(in: "out") == ["part-00000000000000000001.json", "part-00000000000000000003.json"])
    #expect(files.text(part(1)) == "a\nb\n")
    let temporary = "out/_tmp-part-00000000000000000001.json"
    #expect(
      files.log.prefix(6) == [
        // What a killed run may have renamed is made durable before anything is decided by it.
        "syncDirectory out", "create \(temporary)", "write \(temporary)", "sync \(temporary)", "rename \(temporary) \(part(1))",
        "syncDirectory out",
      ])
  }

  @Test func anEpochThatIsThereIsNotWrittenAgain() async throws {
    try await sink().open(shape(.append), lastEpoch: .none)
    files.put(part(1), "a\n")
    let restarted = sink()
    try await restarted.open(shape(.append), lastEpoch: Epoch(2))
    try await restarted.write(batch("a"), epoch: Epoch(1))
    try await restarted.write(batch("b"), epoch: Epoch(2))
    try await restarted.write(batch("b"), epoch: Epoch(2))
    #expect(files.text(part(1)) == "a\n")
    #expect(files.log.filter { $0.hasPrefix("create") }.count == 1)
  }

  @Test(arguments: ["create", "write", "sync", "rename", "syncDirectory"])
  func aFailureAtAnyStepLeavesNoTornFileAndIsMadeGoodByReplay(step: String) async throws {
    let temporary = "out/_tmp-part-00000000000000000001.json"
    let operations = [
      "create": "create \(temporary)", "write": "write \(temporary)", "sync": "sync \(temporary)",
      "rename": "rename \(temporary) \(part(1))", "syncDirectory": "syncDirectory out",
    ]
    let broken = sink()
    try await broken.open(shape(.append), lastEpoch: .none)
    files.fail(operations[step])
    await #expect(throws: TestFailure.self) { try await broken.write(batch("a"), epoch: Epoch(1)) }
    let seen = try files.names(in: "out").filter { !$0.hasPrefix("_") }
    #expect(seen.isEmpty || files.text(part(1)) == "a\n")
    files.fail(nil)
    let restarted = sink()
    try await restarted.open(shape(.append), lastEpoch: Epoch(1))
    try await restarted.write(batch("a"), epoch: Epoch(1))
    #expect(try files.names(in: "out") == ["part-00000000000000000001.json"])
    #expect(files.text(part(1)) == "a\n")
  }

  @Test func temporaryFilesOfACrashAreRemovedAndOthersLeftAlone() async throws {
    files.put("out/_tmp-part-00000000000000000009.json", "torn")
    files.put("out/_SUCCESS", "")
    try await sink().open(shape(.append), lastEpoch: .none)
    #expect(try files.names(in: "out") == ["_SUCCESS"])
  }

  @Test func aNewJobRefusesADirectoryThatHoldsResults() async throws {
    files.put(part(1), "a\n")
    files.put(part(2), "a\n")
    let error = await tidemillError { try await sink().open(shape(.append), lastEpoch: .none) }
    #expect(error?.message.contains("out holds results of another job (part-00000000000000000001.json and 1 more)") == true)
    #expect(error?.hint?.contains("overwrite 'true'") == true)
    try await sink(FileSink.Options(overwrites: true)).open(shape(.append), lastEpoch: .none)
    #expect(try files.names(in: "out") == [])
  }

  @Test func epochsBeyondTheCheckpointAreRefused() async throws {
    files.put(part(1), "a\n")
    files.put(part(3), "c\n")
    #expect(await tidemillError { try await sink().open(shape(.append), lastEpoch: Epoch(2)) } != nil)
    try await sink(FileSink.Options(overwrites: true)).open(shape(.append), lastEpoch: Epoch(2))
    #expect(try files.names(in: "out") == ["part-00000000000000000001.json"])
  }

  @Test func completeModeReplacesOneFile() async throws {
    let sink = sink(heading: "head\n")
    try await sink.open(shape(.complete), lastEpoch: .none)
    try await sink.write(batch("a"), epoch: Epoch(1))
    try await sink.write(batch("a", "b"), epoch: Epoch(2))
    #expect(try files.names(in: "out") == ["result.json"])
    #expect(files.text("out/result.json") == "head\na\nb\n")
    #expect(await tidemillError { try await self.sink().open(shape(.append), lastEpoch: Epoch(2)) } != nil)
  }

  @Test func largeResultsAreWrittenAFewRowsAtATime() async throws {
    let sink = sink(FileSink.Options(syncs: false, rowsAtATime: 2))
    try await sink.open(shape(.update), lastEpoch: .none)
    try await sink.write(batch("a", "b", "c", "d", "e"), epoch: Epoch(1))
    #expect(files.text(part(1)) == "a\nb\nc\nd\ne\n")
    #expect(files.log.filter { $0.hasPrefix("write") }.count == 3)
    #expect(!files.log.contains { $0.hasPrefix("sync") })
  }
}
