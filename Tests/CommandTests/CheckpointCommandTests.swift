import Foundation
import ProcessTesting
import Testing

@Suite struct CheckpointCommandTests {
  private func following(_ place: Workplace) async throws -> RunningProgram {
    try place.write("hourly.sql", Sales.hourly)
    let child = try Program.start(
      ["run", "hourly.sql", "--checkpoint", "state", "--progress", "p.jsonl", "--quiet"], in: place)
    try await eventually("the first epoch") { (try? place.read("p.jsonl").contains("\n")) ?? false }
    return child
  }

  @Test func controlCFinishesTheEpochAndSaysHowToGoOn() async throws {
    let place = try Sales.workplace()
    let child = try await following(place)
    child.signal(2)
    let run = try await child.outcome()
    #expect(run.status == 0)
    #expect(run.lines.sorted() == Sales.totals.sorted())
    #expect(run.errors == "stopped after epoch 1; the same command with --checkpoint state goes on from there\n")
    // What comes later is added to what was there.
    try place.write("sales/2.json", #"{"product_id":"c","sales_amount":3,"event_time":"2024-03-01T11:30:00Z"}"# + "\n")
    let next = try await Program.run(["run", "hourly.sql", "--checkpoint", "state", "--once", "--quiet"], in: place)
    #expect(
      next.output
        == #"{"product_id":"c","total_sales":10,"hour_window":{"start":"2024-03-01T11:00:00Z","end":"2024-03-01T12:00:00Z"}}"#
        + "\n")
  }

  @Test func withoutACheckpointControlCSaysThatNothingIsKept() async throws {
    let place = try Sales.workplace()
    try place.write("hourly.sql", Sales.hourly)
    let child = try Program.start(["run", "hourly.sql", "--quiet"], in: place)
    try await eventually("the first rows") { child.output.contains("\n") }
    child.signal(2)
    let run = try await child.outcome()
    #expect(run.status == 0)
    #expect(run.errors == "stopped after epoch 1; without --checkpoint the next run begins anew\n")
  }

  @Test func aSecondSignalEndsTheProcessAtOnce() async throws {
    let place = try Workplace()
    try place.write("in/1.json", String(repeating: "{\"v\":1}\n", count: 100_000))
    // Nobody reads the pipe, so the first epoch never ends.
    let pipe = Pipe()
    let child = try Program.start(["sql", "SELECT v FROM 'in'"], in: place, output: pipe.fileHandleForWriting)
    try await eventually("rows in the pipe") {
      var waiting = pollfd(fd: pipe.fileHandleForReading.fileDescriptor, events: Int16(POLLIN), revents: 0)
      return poll(&waiting, 1, 0) == 1
    }
    child.signal(SIGTERM)
    child.signal(SIGINT)
    #expect(try await child.outcome().status == 130)
  }

  @Test func aReaderThatGoesAwayLeavesTheCheckpointWhole() async throws {
    let place = try Workplace()
    try place.write("in/1.json", (0..<50_000).map { "{\"k\":\($0)}\n" }.joined())
    try place.write(
      "q.sql",
      "CREATE STREAM s (k INT) USING json OPTIONS (path 'in'); CREATE SINK c USING console OPTIONS (format 'json');"
        + "INSERT INTO c SELECT k, count(*) AS n FROM s GROUP BY k")
    let run = try await Program.shell(
      "$TIDEMILL run q.sql --checkpoint state --once --quiet | head -n 1; echo ${PIPESTATUS[0]}", in: place)
    #expect(run.output == "{\"k\":0,\"n\":1}\n0\n")
    #expect(run.errors == "")
    let again = try await Program.run(["run", "q.sql", "--checkpoint", "state", "--once", "--quiet"], in: place)
    #expect(again.status == 0, "\(again.errors)")
    #expect(again.lines.count == 50_000)
  }

  @Test func aSecondProcessIsRefusedAndTheFirstIsNamed() async throws {
    let place = try Sales.workplace()
    let child = try await following(place)
    let second = try await Program.run(["run", "hourly.sql", "--checkpoint", "state", "--once"], in: place)
    #expect(second.status == 3)
    #expect(second.output == "")
    #expect(
      second.errors == """
        error: checkpoint 'state' is in use by process \(child.identifier)
        hint: wait until that run has ended, or use another checkpoint directory

        """)
    // The lock dies with its process, however that ends.
    try await child.killAndWait()
    let third = try await Program.run(["run", "hourly.sql", "--checkpoint", "state", "--once", "--quiet"], in: place)
    #expect(third.status == 0, "\(third.errors)")
  }

  @Test func theCheckpointOfAnotherQueryIsRefusedWithTheDifference() async throws {
    let place = try Sales.workplace()
    try place.write("hourly.sql", Sales.hourly)
    let arguments = ["run", "hourly.sql", "--checkpoint", "state", "--once", "--quiet"]
    #expect(try await Program.run(arguments, in: place).status == 0)
    try place.write("hourly.sql", Sales.hourly.replacing("'1 hour'", with: "'2 hours'"))
    let run = try await Program.run(arguments, in: place)
    #expect(run.status == 3)
    #expect(run.errors.hasPrefix("error: checkpoint 'state' belongs to another query: line "), "\(run.errors)")
    #expect(run.errors.contains("1 hour") && run.errors.contains("2 hours"), "\(run.errors)")
  }

  @Test func howAQueryIsRunIsNoPartOfIt() async throws {
    let place = try Sales.workplace()
    try await following(place).killAndWait()
    let run = try await Program.run(
      [
        "run", "hourly.sql", "--checkpoint", "state", "--once", "--lanes", "1", "--format", "csv", "--memory", "1GB",
        "--set", "epoch.bytes=64MB", "--output-mode", "append", "--quiet",
      ], in: place)
    #expect(run.status == 0, "\(run.errors)")
    // The window that closed before was given as changes then.
    #expect(
      run.output == """
        product_id,total_sales,hour_window_start,hour_window_end
        a,5,2024-03-01T11:00:00Z,2024-03-01T12:00:00Z
        c,7,2024-03-01T11:00:00Z,2024-03-01T12:00:00Z

        """)
  }

  @Test func aDirectoryThatIsNoCheckpointIsLeftAlone() async throws {
    let place = try Sales.workplace()
    try place.write("hourly.sql", Sales.hourly)
    let run = try await Program.run(["run", "hourly.sql", "--checkpoint", "sales", "--once"], in: place)
    #expect(run.status == 3)
    #expect(run.errors.hasPrefix("error: 'sales' is not a checkpoint and not empty: it holds '1.json'\n"))
    #expect(place.names("sales") == ["1.json"])
  }

  @Test func stateBeyondTheMemoryBudgetStopsTheQuery() async throws {
    let place = try Workplace()
    try place.write("in/1.json", (0..<20_000).map { "{\"k\":\"a key of some length \($0)\"}\n" }.joined())
    try place.write(
      "q.sql", "CREATE STREAM s (k STRING) USING json OPTIONS (path 'in'); SELECT k, count(*) AS n FROM s GROUP BY k")
    let run = try await Program.run(
      ["run", "q.sql", "--trigger", "available-now", "--memory", "256KB", "--checkpoint", "state"], in: place)
    #expect(run.status == 1)
    #expect(run.errors.contains("error: the state of select holds "), "\(run.errors)")
    #expect(run.errors.contains("hint: raise --memory"), "\(run.errors)")
    let again = try await Program.run(["run", "q.sql", "--once", "--checkpoint", "state", "--quiet"], in: place)
    #expect(again.status == 0, "\(again.errors)")
  }
}
