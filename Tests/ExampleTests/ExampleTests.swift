import Foundation
import ProcessTesting
import Testing
import Tidemill

@testable import ExampleQueries

@Suite struct ExampleTests {
  /// Runs a script over all there is, and gives the table of its one SELECT.
  private func run(
    _ script: String, _ trigger: Trigger = .once, checkpoint: String? = nil, into sink: MemorySink = MemorySink()
  ) async throws -> (lines: [String], ledger: RowLedger) {
    let session = Session()
    let plan = try session.plan(script, PlanOptions(closesAtEnd: trigger == .once))
    var options = StartOptions()
    options.trigger = trigger
    options.checkpoint = checkpoint
    let query = try session.start(plan, options) { _ in sink }
    try await query.awaitTermination()
    return (sink.lines(), try #require(await query.totals.first).ledger)
  }

  /// The script with its paths made absolute, since a test's working directory is anywhere.
  private func script(of example: Example, data: String) throws -> String {
    let text = try example.script()
    #expect(text.contains("(path 'data"))
    return text.replacingOccurrences(of: "(path 'data", with: "(path '\(data)")
  }

  @Test(arguments: Example.all)
  func scriptGivesTheExpectedResult(example: Example) async throws {
    let (lines, ledger) = try await run(try script(of: example, data: example.data))
    #expect(lines == (try example.expected()))
    #expect(ledger.isBalanced)
    #expect(ledger.rowsIn == example.rows)
    #expect(ledger.late == example.late)
    #expect(ledger.rejected == example.rejected)
  }

  @Test(arguments: Example.all)
  func swiftChainGivesTheSame(example: Example) async throws {
    let query = try #require(examples.first { $0.name == example.name }).query
    let sink = MemorySink()
    let running = try await query(Session(), example.data).writeStream.trigger(.once).to(sink).start()
    try await running.awaitTermination()
    #expect(sink.lines() == (try example.expected()))
  }

  @Test(arguments: Example.all)
  func commandPrintsTheSame(example: Example) async throws {
    let output = try await RunningProgram.run(
      BuiltProgram.tidemill, ["run", "query.sql", "--once", "--format", "json"], in: example.folder.path)
    #expect(output.status == 0, "\(output.errors)")
    #expect(output.lines.sorted() == (try example.expected()))
  }

  @Test func everyExampleHasItsFolderAndItsSwift() throws {
    let folders = try FileManager.default.contentsOfDirectory(atPath: Project.root.appendingPathComponent("Examples").path)
      // These two need other programs: `make demo-ecommerce` and `make demo-lake` run them, and tests of their own.
      .filter { !$0.contains(".") && !["ecommerce", "lake"].contains($0) }
    #expect(Set(folders) == Set(Example.all.map(\.name)))
    #expect(Set(examples.map(\.name)) == Set(folders))
    for folder in folders {
      let readme = Project.root.appendingPathComponent("Examples/\(folder)/README.md")
      #expect(FileManager.default.fileExists(atPath: readme.path))
    }
  }

  @Test func logThatGrowsIsReadOnFromWhereTheLastRunEnded() async throws {
    let example = try #require(Example.all.first { $0.name == "error-counts" })
    let directory = try TemporaryDirectory()
    let whole = try String(contentsOfFile: example.data + "/app.log", encoding: .utf8)
    let log = directory.url.appendingPathComponent("app.log")
    let text = try script(of: example, data: directory.url.path)
    let checkpoint = directory.url.appendingPathComponent("state").path
    let sink = MemorySink()

    // The first part ends in the middle of a line, as a log may that is just being written.
    let cut = whole.index(whole.startIndex, offsetBy: whole.utf8.count / 2)
    try whole[..<cut].write(to: log, atomically: false, encoding: .utf8)
    let first = try await run(text, .availableNow, checkpoint: checkpoint, into: sink)
    #expect(first.ledger.rowsIn < example.rows)

    let handle = try FileHandle(forWritingTo: log)
    try handle.seekToEnd()
    try handle.write(contentsOf: Data(whole[cut...].utf8))
    try handle.close()
    let second = try await run(text, .availableNow, checkpoint: checkpoint, into: sink)
    #expect(second.lines == (try example.expected()))
    #expect(second.ledger.rowsIn == example.rows)
  }
}
