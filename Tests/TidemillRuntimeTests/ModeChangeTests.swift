import Testing
import Tidemill
import TidemillTesting

/// Checkpoints that go on in another output mode than they were made in.
@Suite struct ModeChangeTests {
  private static let perSession =
    "SELECT k, session_window(ts, '1 minute') AS w, sum(v) AS total FROM events GROUP BY k, session_window(ts, '1 minute')"

  /// Runs a job in one mode, and another one on its checkpoint in another mode; gives what the second one said.
  private func rows(
    _ first: OutputMode, _ second: OutputMode, _ sql: String, isStopped: Bool = true
  ) async throws -> [String] {
    let earlier = try EventStream((first, sql))
    earlier.arrive(("a", 1, 5), ("b", 2, 10), ("a", 4, 130), ("b", 8, 140))
    let job = try earlier.start(onDisk: true)
    try await job.settle()
    if isStopped { try await job.stop() }
    let later = try EventStream(after: earlier, (second, sql))
    let again = try later.start(onDisk: true)
    // The watermark is 130: in append and update mode the first of these is late.
    later.arrive(("a", 16, 20), ("a", 32, 150), ("c", 64, 400))
    try await again.settle()
    return later.rows().sorted()
  }

  @Test func windowsGoOnInAnotherMode() async throws {
    let closed = ["a [120,180) 36", "b [120,180) 8"]
    #expect(try await rows(.update, .append, EventStream.perMinute) == closed)
    #expect(try await rows(.append, .update, EventStream.perMinute) == ["a [120,180) 36", "c [360,420) 64"])
    // Complete mode has dropped nothing, so the windows of the first run are there to be closed.
    let kept = try await rows(.complete, .append, EventStream.perMinute)
    #expect(kept == (["a [0,60) 1", "b [0,60) 2"] + closed).sorted())
  }

  /// A slice lives on for later windows when the first that hold it have closed: those must not come again, and not in part.
  @Test func slidingWindowsGoOnInAnotherMode() async throws {
    let sql = """
      SELECT k, window(ts, '1 minute', '20 seconds') AS w, sum(v) AS total FROM events
      GROUP BY k, window(ts, '1 minute', '20 seconds')
      """
    // At 130 the windows through [60,120) have closed, and [80,140) and [100,160) are open.
    let open = ["a [100,160) 36", "a [120,180) 36", "a [140,200) 32", "a [80,140) 4"]
    let others = ["b [100,160) 8", "b [120,180) 8", "b [140,200) 8"]
    #expect(try await rows(.append, .append, sql) == open + others)
    #expect(try await rows(.update, .append, sql) == open + others)
    let closed = ["a [-20,40) 1", "a [-40,20) 1", "a [0,60) 1", "b [-20,40) 2", "b [-40,20) 2", "b [0,60) 2"]
    #expect(try await rows(.complete, .append, sql) == (closed + open + others).sorted())
  }

  @Test func slicesThatOutliveTheirFirstWindowsGiveThemOnce() async throws {
    let sql =
      "SELECT window(ts, '1 minute', '20 seconds') AS w, sum(v) AS n FROM events GROUP BY window(ts, '1 minute', '20 seconds')"
    for first in [OutputMode.update, .append] {
      let earlier = try EventStream((first, sql))
      // The watermark is 60: [-40,20), [-20,40) and [0,60) have closed, and the row at 45 lives on for two more windows.
      earlier.arrive(("a", 1, 5), ("a", 2, 45), ("a", 4, 70))
      let job = try earlier.start(onDisk: true)
      try await job.settle()
      try await job.stop()
      let later = try EventStream(after: earlier, (.append, sql))
      later.arrive(("a", 8, 300))
      try await later.start(onDisk: true).settle()
      #expect(later.rows() == ["[20,80) 6", "[40,100) 6", "[60,120) 4"], "after \(first.rawValue) mode")
    }
  }

  @Test func completeModeRefusesStateThatLacksClosedWindows() async throws {
    for (first, sql) in [
      (OutputMode.update, EventStream.perMinute), (.append, EventStream.perMinute), (.update, Self.perSession),
    ] {
      let error = try await #require(throws: TidemillError.self) { try await rows(first, .complete, sql) }
      #expect(error.code == .checkpoint)
      #expect(error.message.contains("in \(first.rawValue) mode") && error.message.contains("in complete mode"))
    }
    // Without windows nothing was dropped.
    let totals = "SELECT k, sum(v) AS total FROM events GROUP BY k"
    #expect(try await rows(.update, .complete, totals) == ["a 53", "b 10", "c 64"])
  }

  @Test func sessionsGoOnInAnotherMode() async throws {
    let closed = ["a [130,210) 36", "b [140,200) 8"]
    #expect(try await rows(.update, .append, Self.perSession) == closed)
    #expect(
      try await rows(.append, .update, Self.perSession).sorted()
        == ["-a [130,190) 4", "a [130,210) 36", "c [400,460) 64"])
    let kept = try await rows(.complete, .append, Self.perSession)
    #expect(kept == (["a [5,65) 1", "b [10,70) 2"] + closed).sorted())
  }

  @Test(arguments: [
    "SELECT w, count(*) AS keys FROM (\(EventStream.perMinute)) GROUP BY w",
    """
    SELECT k, w, total FROM (
      SELECT k, w, total, ROW_NUMBER() OVER (PARTITION BY w ORDER BY total DESC) AS rank FROM (\(EventStream.perMinute))
    ) WHERE rank <= 1
    """,
  ])
  func stateThatDependsOnTheModeRefusesAnother(sql: String) async throws {
    for (first, second) in [(OutputMode.update, OutputMode.append), (.append, .update)] {
      let error = try await #require(throws: TidemillError.self) { try await rows(first, second, sql) }
      #expect(error.code == .checkpoint)
      #expect(error.message.contains("in \(first.rawValue) mode") && error.message.contains("in \(second.rawValue) mode"))
      #expect(error.hint?.contains("--output-mode \(first.rawValue)") == true)
      _ = try await rows(first, first, sql)
    }
  }
}
