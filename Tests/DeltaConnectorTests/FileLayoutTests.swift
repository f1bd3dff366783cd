import DeltaTesting
import Testing
import TidemillColumns
import TidemillConnectors
import TidemillPlan

@testable import DeltaConnector
@testable import DeltaLog

/// Which rows lie in which files, and what is rewritten.
@Suite struct FileLayoutTests {
  private let lake = TestLake()

  private func files() throws -> [AddedFile] { try lake.table().snapshot.files.values.sorted { $0.path < $1.path } }

  private func names() throws -> Set<String> { Set(try files().map(\.path)) }

  @Test func aWindowThatChangesIsRewrittenAndOthersAreNot() async throws {
    let sink = lake.sink()
    try await sink.open(Hourly.shape(), lastEpoch: .none)
    for hour in 0..<5 {
      try await sink.write(Hourly.batch([("a", 1, Int64(hour)), ("b", 1, Int64(hour))]), epoch: Epoch(UInt64(hour + 1)))
    }
    let before = try names()
    #expect(before.count == 5)
    try await sink.write(Hourly.batch([("b", 2, 3)]), epoch: Epoch(6))
    let after = try names()
    #expect(before.subtracting(after).count == 1 && after.subtracting(before).count == 1)
    #expect(try lake.hourly.contains("b 2 3") && lake.hourly.count == 10)
    // A window whose last row is taken back has no file any more.
    try await sink.write(Hourly.batch([("a", 1, 3), ("b", 2, 3)], weights: [-1, -1]), epoch: Epoch(7))
    #expect(try names().count == 4 && lake.hourly.count == 8)
    // What takes back a row that is not there changes nothing.
    let version = sink.version
    try await sink.write(Hourly.batch([("z", 1, 3)], weights: [-1]), epoch: Epoch(8))
    #expect(sink.version == version)
  }

  @Test func smallWindowsThatComeTogetherShareAFileAndPartWhenTheyGrow() async throws {
    let sink = lake.sink(DeltaSinkOptions(targetFileSize: 8000, lanes: 1))
    try await sink.open(Hourly.shape(), lastEpoch: .none)
    try await sink.write(Hourly.batch((0..<24).map { ("a", 1, $0) }), epoch: Epoch(1))
    #expect(try files().count == 1)
    #expect(try files()[0].tags["tidemill.keys"] == "*")
    for round in 0..<40 {
      let rows = (0..<50).map { (k: "k\(round)-\($0)", n: Int64(round), hour: Int64($0 % 24)) }
      try await sink.write(Hourly.batch(rows), epoch: Epoch(UInt64(round + 2)))
    }
    #expect(try lake.hourly.count == 2024)
    let all = try files()
    #expect(all.count > 5)
    // No two have a place in common.
    let places = all.compactMap { Placement(tags: $0.tags) }
    #expect(places.count == all.count)
    for (index, one) in places.enumerated() {
      for other in places[(index + 1)...] where one.starts.overlaps(other.starts) {
        let bits = min(one.bits, other.bits)
        #expect(one.prefix >> UInt64(one.bits - bits) != other.prefix >> UInt64(other.bits - bits))
      }
    }
  }

  private static let plain = Schema(Field("k", .bigint), Field("n", .bigint))
  private static let plainShape = ResultShape(schema: plain, key: [0], mode: .update, zone: .utc, queryName: "totals")

  private func plain(_ keys: some Sequence<Int64>, n: Int64) -> Batch {
    Batch(schema: Self.plain, rows: keys.map { [.integer($0), .integer(n)] })
  }

  @Test func keysWithoutAWindowLieInFilesByTheirHash() async throws {
    var sink = lake.sink(DeltaSinkOptions(targetFileSize: 20_000, lanes: 2))
    try await sink.open(Self.plainShape, lastEpoch: .none)
    try await sink.write(plain(0..<20_000, n: 1), epoch: Epoch(1))
    let before = try names()
    #expect(before.count >= 8 && before.count <= 64)
    let whole = sink.totals.lastBytes
    try await sink.write(plain([7], n: 2), epoch: Epoch(2))
    #expect(before.subtracting(try names()).count == 1)
    #expect(sink.totals.lastBytes * 7 < whole)
    // Another process finds the same files for the same keys.
    sink = lake.sink(DeltaSinkOptions(targetFileSize: 20_000, lanes: 2))
    try await sink.open(Self.plainShape, lastEpoch: Epoch(2))
    let again = try names()
    try await sink.write(plain([7], n: 3), epoch: Epoch(3))
    #expect(again.subtracting(try names()).count == 1)
    let rows = try lake.rows(Self.plain)
    #expect(rows.count == 20_000)
    #expect(rows.filter { $0[0] == .integer(7) } == [[.integer(7), .integer(3)]])
  }

  @Test func filesThatNoLongerChangeAreBroughtTogether() async throws {
    let sink = lake.sink()
    try await sink.open(Hourly.shape(), lastEpoch: .none)
    for hour in 0..<20 { try await sink.write(Hourly.batch([("a", 1, Int64(hour))]), epoch: Epoch(UInt64(hour + 1))) }
    let all = try files()
    // Eight at a time, once the youngest of them has not changed for eight commits.
    #expect(all.count < 20)
    #expect(try lake.hourly.count == 20)
    let merged = try #require(all.first { $0.rowCount ?? 0 >= 8 })
    #expect(merged.rowCount == 8)
    let version = try #require(
      (1...20).first { version in
        (try? lake.table().actions(of: version))?.contains {
          if case .add(let file) = $0 { file.path == merged.path } else { false }
        }
          == true
      })
    let actions = try lake.table().actions(of: version) ?? []
    let changes = actions.map { action -> Bool? in
      switch action {
      case .add(let file): file.dataChange
      case .remove(let file): file.dataChange
      default: nil
      }
    }
    // The rows of the epoch are a change of data, those that only move are none.
    #expect(changes.filter { $0 == true }.count == 1 && changes.filter { $0 == false }.count == 9)
    // A late change of one of its windows finds it there.
    try await sink.write(Hourly.batch([("a", 9, 2), ("b", 1, 2)]), epoch: Epoch(21))
    #expect(try lake.hourly.filter { $0.hasSuffix(" 2") } == ["a 9 2", "b 1 2"] && lake.hourly.count == 21)
  }

  @Test func smallFilesOfAppendsAreBroughtTogether() async throws {
    let sink = lake.sink()
    try await sink.open(Hourly.shape(.append), lastEpoch: .none)
    for epoch in 0..<100 {
      try await sink.write(Hourly.batch([("a", Int64(epoch), Int64(epoch % 24))]), epoch: Epoch(UInt64(epoch + 1)))
    }
    #expect(try files().count < 30)
    #expect(try lake.hourly.count == 100)
    #expect(sink.totals.rows < 1000)
    let plain = TestLake()
    let other = plain.sink(DeltaSinkOptions(compacts: false, lanes: 1))
    try await other.open(Hourly.shape(.append), lastEpoch: .none)
    for epoch in 0..<30 { try await other.write(Hourly.batch([("a", 1, 1)]), epoch: Epoch(UInt64(epoch + 1))) }
    #expect(try plain.table().snapshot.files.count == 30)
  }

  @Test func aCompleteResultThatIsTheSameIsNotWrittenAgain() async throws {
    let sink = lake.sink()
    try await sink.open(Hourly.shape(.complete), lastEpoch: .none)
    try await sink.write(Hourly.batch([("a", 1, 0), ("b", 2, 0)]), epoch: Epoch(1))
    try await sink.write(Hourly.batch([("b", 2, 0), ("a", 1, 0)]), epoch: Epoch(2))
    #expect(sink.version == 1)
    try await sink.write(Hourly.batch([("a", 2, 0)]), epoch: Epoch(3))
    #expect(try lake.hourly == ["a 2 0"])
    try await sink.write(Hourly.batch([]), epoch: Epoch(4))
    #expect(try lake.hourly == [] && sink.version == 3)
  }

  @Test func statisticsHoldForAllRows() throws {
    let schema = Schema(
      Field("s", .string), Field("n", .bigint), Field("d", .double), Field("m", .decimal(precision: 10, scale: 2)),
      Field("day", .date), Field("at", .timestamp), Field("w", .window), Field("b", .boolean))
    let time = EventTime(microseconds: 1_709_294_400_000_001)
    let batch = Batch(
      schema: schema,
      rows: [
        [
          .string(String(repeating: "z", count: 40)), .integer(7), .double(0.5), .decimal(unscaled: -5, scale: 2), .date(0),
          .timestamp(time), .window(start: time, end: time + .hours(1)), .boolean(true),
        ],
        [
          .string("a\""), .integer(-1), .double(-2), .decimal(unscaled: 1234, scale: 2), .date(-1),
          .timestamp(EventTime(microseconds: -1)), .null, .null,
        ],
        schema.fields.map { _ in .null },
      ])
    let json = try JSONReader.value(of: FileStatistics.json(of: batch, columns: nil))
    #expect(json["numRecords"]?.integer == 3)
    #expect(
      json["minValues"]?.serialized
        == #"{"s":"a\"","n":-1,"d":-2.0,"m":-0.05,"day":"1969-12-31","at":"1969-12-31T23:59:59.999Z","#
        + #""w":{"start":"2024-03-01T12:00:00.000Z","end":"2024-03-01T13:00:00.000Z"}}"#)
    #expect(
      json["maxValues"]?.serialized
        == #"{"s":"\#(String(repeating: "z", count: 32))\#u{10FFFF}","n":7,"d":0.5,"m":12.34,"day":"1970-01-01","#
        + #""at":"2024-03-01T12:00:00.001Z","w":{"start":"2024-03-01T12:00:00.001Z","end":"2024-03-01T13:00:00.001Z"}}"#)
    #expect(
      json["nullCount"]?.serialized
        == #"{"s":1,"n":1,"d":1,"m":1,"day":1,"at":1,"w":{"start":2,"end":2},"b":2}"#)
    let first = try JSONReader.value(of: FileStatistics.json(of: batch, columns: 2))
    #expect(first["nullCount"]?.serialized == #"{"s":1,"n":1}"#)
    // Readers that tell the zeros apart find both.
    let zeros = Batch(schema: Schema(Field("d", .double)), rows: [[.double(-0.0)], [.double(0)]])
    for rows in [zeros, zeros.selecting([1, 0])] {
      let bounds = try JSONReader.value(of: FileStatistics.json(of: rows, columns: nil))
      #expect(bounds["minValues"]?.serialized == #"{"d":-0.0}"# && bounds["maxValues"]?.serialized == #"{"d":0.0}"#)
    }
    let odd = Batch(schema: Schema(Field("d", .double)), rows: [[.double(.nan)], [.double(1)]])
    #expect(try JSONReader.value(of: FileStatistics.json(of: odd, columns: nil))["minValues"]?.serialized == "{}")
  }

  #if Lake
    /// Whoever writes a file anew must not lose what another program has put into columns of its own.
    @Test func rowsOfAFileWithOtherColumnsAreNotTakenToBeWrittenAnew() throws {
      let format = ParquetRowFormat()
      let mine = Schema(Field("k", .string))
      let schema = Schema(Field("k", .string), Field("note", .string))
      let filled = try format.file(
        of: Batch(schema: schema, rows: [[.string("a"), .null], [.string("b"), .string("theirs")]]))
      let error = #expect(throws: TidemillError.self) { try format.rows(of: filled, schema: mine, ignoring: []) }
      #expect(error?.message.contains("has values in the column `note`") == true)
      #expect(try format.rows(of: filled, schema: mine).count == 2)
      #expect(try format.rows(of: filled, schema: mine, ignoring: ["note"]).count == 2)
      let empty = try format.file(of: Batch(schema: schema, rows: [[.string("a"), .null]]))
      #expect(try format.rows(of: empty, schema: mine, ignoring: []).count == 1)
    }
  #endif
}
