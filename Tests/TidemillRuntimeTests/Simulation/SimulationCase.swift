import Tidemill
import TidemillTesting

/// What a seed makes a job of: queries, input, and what happens to it.
struct SimulationCase {
  enum Action {
    case arrive(stream: Int, partition: Int, [SimulatedInput.Row])
    case advance(TimeSpan)
    case step
  }

  struct Stream {
    var definition: StreamDefinition
    var partitions: Int
    var queries: [ScriptPlan.Query]
    var keepsLate: Bool
    var keepsRejected: Bool
  }

  let seed: UInt64
  let start = EventTime(microseconds: 1_704_110_400_000_000)
  var streams: [Stream] = []
  var actions: [Action] = []
  /// Whether a second run on the same checkpoint gets more rows after the first has ended and closed every window.
  var goesOnAfterEnd = false
  var actionsAfterEnd: [Action] = []
  var script = ""

  static let schema = Schema(Field("k", .string), Field("v", .bigint), Field("ts", .timestamp))

  /// Queries over a stream, each with the modes that it runs in.
  static let catalogue: [(sql: String, modes: [OutputMode])] = [
    (
      "SELECT k, window(ts, '1 minute') AS w, sum(v) AS total, count(*) AS n FROM STREAM GROUP BY k, window(ts, '1 minute')",
      [.append, .update, .complete]
    ),
    (
      "SELECT window(ts, '1 minute', '20 seconds') AS w, sum(v) AS total, min(v) AS low FROM STREAM WHERE v <> 3 "
        + "GROUP BY window(ts, '1 minute', '20 seconds')", [.append, .update, .complete]
    ),
    (
      "SELECT k, session_window(ts, '15 seconds') AS w, count(*) AS n, max(v) AS high FROM STREAM "
        + "GROUP BY k, session_window(ts, '15 seconds')", [.append, .update, .complete]
    ),
    (
      "SELECT k, w, total FROM (SELECT k, window(ts, '1 minute') AS w, sum(v) AS total FROM STREAM "
        + "GROUP BY k, window(ts, '1 minute')) QUALIFY row_number() OVER (PARTITION BY w ORDER BY total DESC) <= 2",
      [.append, .update, .complete]
    ),
    ("SELECT k, count(DISTINCT v) AS n, sum(v) AS total FROM STREAM GROUP BY k HAVING count(*) > 2", [.update, .complete]),
    ("SELECT k, v, ts FROM STREAM WHERE v > 4", [.append]),
    ("SELECT DISTINCT k, v FROM STREAM", [.append]),
    (
      "SELECT window(ts, '30 seconds') AS w, count(*) AS n FROM (SELECT DISTINCT k, v, ts FROM STREAM) "
        + "GROUP BY window(ts, '30 seconds')", [.append, .update]
    ),
  ]

  init(seed: UInt64) throws {
    self.seed = seed
    var random = SeededRandom(seed: seed)
    let streamCount = random.once(in: 4) ? 2 : 1
    var partitions: [Int] = []
    var options: [(late: Bool, rejected: Bool)] = []
    var queries = 0
    var besides = SeededRandom(seed: seed ^ 0xBE51DE)
    var rhythms = SeededRandom(seed: seed ^ 0xEE7)
    /// Some outputs do not get their changes each epoch.
    func rhythm() -> String {
      rhythms.once(in: 2) ? "" : ", every '\([1, 6, 30, 240][rhythms.number(0...3)]) seconds'"
    }
    for stream in 0..<streamCount {
      let delay = [0, 5, 20, 90][random.number(0...3)]
      script += "CREATE STREAM events\(stream) (k STRING, v BIGINT, ts TIMESTAMP, "
      script += "WATERMARK FOR ts AS ts - INTERVAL '\(delay) seconds') USING simulated;\n"
      partitions.append(random.number(1...3))
      options.append((random.once(in: 2), random.once(in: 2)))
      for _ in 0..<random.number(1...2) {
        let (sql, modes) = Self.catalogue[random.number(0...Self.catalogue.count - 1)]
        let mode = modes[random.number(0...modes.count - 1)]
        script += "CREATE SINK out\(queries) USING json OPTIONS (path 'out\(queries)');\n"
        script += "INSERT INTO out\(queries) WITH (mode '\(mode)'\(rhythm()))"
        // Some give their results in a second mode as well, from the same state.
        let other: OutputMode = mode == .append ? .update : .append
        if mode != .complete, modes.contains(other), besides.once(in: 2) {
          script = "CREATE SINK beside\(queries) USING json OPTIONS (path 'beside\(queries)');\n" + script
          script += ", beside\(queries) WITH (mode '\(other)'\(rhythm()))"
        }
        script += " "
        script += sql.replacing("STREAM", with: "events\(stream)") + ";\n"
        queries += 1
      }
    }
    let plan = try Session().plan(script)
    for (index, definition) in plan.streams.enumerated() {
      streams.append(
        Stream(
          definition: definition, partitions: partitions[index],
          queries: plan.queries.filter { $0.plan.stream.name == definition.name }, keepsLate: options[index].late,
          keepsRejected: options[index].rejected))
    }
    var time = 0
    actions = makeActions(random.number(10...40), time: &time, &random)
    goesOnAfterEnd = random.once(in: 3)
    if goesOnAfterEnd { actionsAfterEnd = makeActions(random.number(3...8), time: &time, &random) }
  }

  /// A short job that has everything: windows that close, a complete result, changes that are held back, late and rejected rows,
  /// snapshots, a second run.
  ///
  /// - Parameter isBacklog: whether most of the input is there before the job starts, so that it runs many epochs without a pause.
  init(everythingOnce seed: UInt64, isBacklog: Bool = false) throws {
    self.seed = seed
    script = """
      CREATE STREAM events (k STRING, v BIGINT, ts TIMESTAMP, WATERMARK FOR ts AS ts - INTERVAL '5 seconds') USING simulated;
      CREATE SINK closed USING json OPTIONS (path 'closed');
      CREATE SINK whole USING json OPTIONS (path 'whole');
      CREATE SINK slow USING json OPTIONS (path 'slow');
      INSERT INTO closed WITH (mode 'append'), slow WITH (mode 'update', every '30 seconds') SELECT k, window(ts, '30 seconds') AS w, sum(v) AS total FROM events
        GROUP BY k, window(ts, '30 seconds');
      INSERT INTO whole WITH (mode 'complete') SELECT k, count(*) AS n FROM events GROUP BY k;
      """
    let plan = try Session().plan(script)
    streams = [
      Stream(definition: plan.streams[0], partitions: 1, queries: plan.queries, keepsLate: true, keepsRejected: true)
    ]
    func rows(_ seconds: Int...) -> Action {
      .arrive(
        stream: 0, partition: 0,
        [.rejected(.malformed, "no record")]
          + seconds.map {
            .values([.string("k\($0 % 2)"), .integer(Int64($0)), .timestamp(start + .seconds(Int64($0)))])
          })
    }
    actions = [rows(1, 2), .step, rows(40, 3), .step, .advance(.seconds(70)), .step, rows(100, 5), .step]
    if isBacklog {
      actions = (0..<12).map { rows($0 * 9 + 1, $0 * 9, $0 * 8, $0 * 10, $0 * 7, $0 * 9 + 2) } + actions
    }
    goesOnAfterEnd = true
    actionsAfterEnd = [rows(101, 130), .step]
  }

  /// - Parameter time: seconds of event time so far.
  private func makeActions(_ count: Int, time: inout Int, _ random: inout SeededRandom) -> [Action] {
    var actions: [Action] = []
    for _ in 0..<count {
      switch random.number(0...9) {
      case 0: actions.append(.advance(.seconds(Int64(random.number(1...150)))))
      case 1...5:
        let stream = random.number(0...streams.count - 1)
        let rows = (0..<random.number(1...25)).map { _ in row(&time, &random) }
        actions.append(.arrive(stream: stream, partition: random.number(0...streams[stream].partitions - 1), rows))
        actions.append(.advance(.seconds(Int64(random.number(0...5)))))
      default: actions.append(.step)
      }
    }
    return actions
  }

  private func row(_ time: inout Int, _ random: inout SeededRandom) -> SimulatedInput.Row {
    time += random.number(0...4)
    if random.once(in: 30) { return .rejected(.malformed, "no record") }
    var seconds = time - random.number(0...15)
    if random.once(in: 12) { seconds -= random.number(0...400) }
    // Beyond the limit of a day now; in a later epoch it might not be.
    if random.once(in: 25) { seconds += 86_400 + random.number(0...300) }
    let event = start + .seconds(Int64(seconds))
    return .values([
      random.once(in: 20) ? .null : .string("k\(random.number(0...4))"), .integer(Int64(random.number(0...9))),
      random.once(in: 40) ? .null : .timestamp(event),
    ])
  }
}
