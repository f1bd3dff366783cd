import FileConnector
import Foundation
import Testing
import Tidemill
import TidemillConnectors
import TidemillFiles
import TidemillFormats
import TidemillStorage

@Suite struct ChangedFileTests {
  private let directory = FileManager.default.temporaryDirectory.appending(path: "changed-\(UUID().uuidString)").path
  private let schema = Schema(Field("k", .string), Field("v", .bigint))

  private func job(_ checkpoint: Checkpoint, _ sink: any Sink) throws -> Job {
    let definition = StreamDefinition(
      name: "events", schema: schema, provider: "json", options: ["path": directory + "/data"])
    let plan = try Resolver(streams: ["events": definition]).resolve(
      SQLParser.parseQuery("SELECT k, sum(v) AS total FROM events GROUP BY k"), options: ResolveOptions())
    let source = try FileSource(
      path: directory + "/data", format: JSONFormat(request: ReadRequest(schema: schema)), formatName: "json")
    // However slow the machine is, no snapshot may make the replay superfluous.
    var options = JobOptions()
    options.snapshotTimeInterval = .days(365)
    return try Job(
      [
        StreamInput(
          name: "events", source: source, schema: schema,
          queries: [QueryDefinition(name: "totals", plan: plan, sink: sink)])
      ], checkpoint: checkpoint, options: options)
  }

  private func open() throws -> Checkpoint { try Checkpoint.open(directory + "/checkpoint", identity: "totals") }

  /// Two epochs are committed and no snapshot is taken, as when the process is killed.
  private func crashAfterTwoEpochs() async throws -> String {
    try FileManager.default.createDirectory(atPath: directory + "/data", withIntermediateDirectories: true)
    let lines = (0..<2000).map { "{\"k\":\"key \($0 % 7)\",\"v\":\($0 % 10)}\n" }.joined()
    let first = directory + "/data/a.json"
    try lines.write(toFile: first, atomically: true, encoding: .utf8)
    let checkpoint = try open()
    let job = try job(checkpoint, MemorySink())
    #expect(try await job.step())
    try lines.write(toFile: directory + "/data/b.json", atomically: true, encoding: .utf8)
    #expect(try await job.step())
    try checkpoint.sync()
    try checkpoint.close()
    return first
  }

  @Test func recoveryStopsAndNamesAFileOfWhichOneByteInTheMiddleHasChanged() async throws {
    defer { try? FileManager.default.removeItem(atPath: directory) }
    let path = try await crashAfterTwoEpochs()
    let file = try #require(FileHandle(forUpdatingAtPath: path))
    try file.seek(toOffset: 25_000)
    let byte = try #require(try file.read(upToCount: 1)?.first)
    try file.seek(toOffset: 25_000)
    file.write(Data([byte == UInt8(ascii: "1") ? UInt8(ascii: "2") : UInt8(ascii: "1")]))
    try file.close()
    let sink = MemorySink()
    let restarted = try job(try open(), sink)
    let error = await #expect(throws: TidemillError.self) { try await restarted.open() }
    #expect(error?.code == .badInput)
    #expect(error?.message.contains("a.json") ?? false)
    #expect(sink.epochs.isEmpty)
  }

  @Test func recoveryGoesOnWhenFilesHaveOnlyBeenCopiedOrGrown() async throws {
    defer { try? FileManager.default.removeItem(atPath: directory) }
    let path = try await crashAfterTwoEpochs()
    let content = try Data(contentsOf: URL(filePath: path))
    try FileManager.default.removeItem(atPath: path)
    try (content + Data("{\"k\":\"new\",\"v\":1}\n".utf8)).write(to: URL(filePath: path))
    let sink = MemorySink()
    let restarted = try job(try open(), sink)
    #expect(try await restarted.step())
    #expect(sink.table.contains([.string("new"), .integer(1)]))
  }
}
