#if Lake
  import Foundation
  import LakeFiles
  import LakeTesting
  import Synchronization
  import Testing
  import TidemillColumns
  import TidemillConnectors

  @testable import ParquetConnector

  @Suite struct ParquetSourceTests {
    let directory: TestDirectory

    init() throws { directory = try TestDirectory() }

    func source(_ path: String? = nil, _ schema: Schema = namesAndNumbers, eventTime: Int? = nil, zone: SessionZone = .utc)
      throws
      -> ParquetSource
    {
      ParquetSource(
        try ParquetFolder(path: path ?? directory.path), request: ReadRequest(schema: schema, eventTime: eventTime, zone: zone))
    }

    @Test func filesAreReadInByteOrderOfTheirPathAndHiddenOnesNotAtAll() async throws {
      for (place, name) in ["b.parquet", "a.parquet", "day=2/x.parquet", "day=10/x.parquet", "_tmp-c.parquet", ".d.parquet"]
        .enumerated()
      {
        try directory.write(name, try parquet(namesAndNumbers, [[.string(name), .integer(Int64(place))]]))
      }
      try directory.write("plain/x.parquet", try parquet(namesAndNumbers, rows(0..<1)))
      let all = try await readAll(try source())
      #expect(all.rows.map { $0[0] } == ["a.parquet", "b.parquet", "day=10/x.parquet", "day=2/x.parquet"].map { .string($0) })
      #expect(all.slices.count == 1)
      #expect(all.slices[0].reachesEnd)
      let glob = try await readAll(try source(directory.full("day=?/*.parquet")))
      #expect(glob.rows.map { $0[0] } == [.string("day=2/x.parquet")])
    }

    @Test func everyByteLimitGivesTheSameRowsAndPositionsGoOn() async throws {
      try directory.write("a", try parquet(namesAndNumbers, rows(0..<100), rowGroupRows: 7))
      try directory.write("b", try parquet(namesAndNumbers, rows(100..<103), rowGroupRows: 2))
      try directory.write("c", try parquet(namesAndNumbers, []))
      let expected = rows(0..<103)
      for limit in [1, 300, 1000, 100_000] {
        let source = try source()
        let all = try await readAll(source, byteLimit: limit)
        #expect(all.rows == expected, "limit \(limit)")
        #expect(limit > 1 || all.slices.count == 17)
        #expect(all.slices.last?.reachesEnd == true)
        // Any other process goes on at any slice, and reads any of them again.
        for (number, slice) in all.slices.enumerated() {
          let later = try self.source()
          let rest = try await readAll(later, from: slice.end, byteLimit: limit)
          #expect(rest.slices == Array(all.slices[(number + 1)...]))
          var again = ReadAll()
          for slice in all.slices[...number] { try read(slice, of: later, into: &again) }
          #expect(again.rows + rest.rows == expected)
        }
      }
    }

    @Test func aLargeRowGroupComesInSeveralBatches() async throws {
      let count = 3 * ParquetTask.batchRows + 5
      let numbers = Schema(Field("number", .int))
      let expected = (0..<count).map { [Value.integer(Int64($0))] }
      try directory.write("a", try parquet(numbers, expected))
      let all = try await readAll(try source(nil, numbers))
      #expect(all.batches == 4)
      #expect(all.rows == expected)
    }

    @Test func aFileIsTakenOnceItIsWhole() async throws {
      let whole = try parquet(namesAndNumbers, rows(0..<10))
      let source = try source()
      for part in [0, 5, whole.count / 2, whole.count - 1] {
        try directory.write("a", Array(whole[..<part]))
        #expect(try await source.nextSlice(after: .beginning, byteLimit: .max, isFinal: false) == nil)
      }
      try directory.write("a", whole)
      #expect(try await readAll(source).rows == rows(0..<10))
    }

    /// A copy that began with room for all of it, and a user who would wait for its rows for ever.
    @Test func aFileThatIsCompletedAtTheSameLengthIsTakenAndNamedUntilThen() async throws {
      let whole = try parquet(namesAndNumbers, rows(0..<10))
      let notices = Mutex<[String]>([])
      let source = ParquetSource(
        try ParquetFolder(path: directory.path), request: ReadRequest(schema: namesAndNumbers)
      ) { notice in notices.withLock { $0.append(notice) } }
      func write(_ bytes: [UInt8], at seconds: TimeInterval) throws {
        try directory.write("a", bytes)
        try FileManager.default.setAttributes(
          [.modificationDate: Date(timeIntervalSince1970: seconds)], ofItemAtPath: directory.full("a"))
      }
      try write(Array(repeating: 0, count: whole.count), at: 1_700_000_000)
      #expect(try await source.nextSlice(after: .beginning, byteLimit: .max, isFinal: false) == nil)
      // It may be on its way.
      #expect(notices.withLock { $0 } == [])
      for _ in 0..<3 { #expect(try await source.nextSlice(after: .beginning, byteLimit: .max, isFinal: false) == nil) }
      #expect(notices.withLock { $0.count } == 1)
      #expect(notices.withLock { $0.allSatisfy { $0.contains(directory.full("a")) } })
      try write(whole, at: 1_700_000_001)
      #expect(try await readAll(source).rows == rows(0..<10))
      #expect(notices.withLock { $0.count } == 1)
    }

    /// To Swift the two paths are equal; to the disk they are not.
    @Test func pathsWhoseLettersAreComposedInOtherWaysAreTwo() async throws {
      for (place, name) in ["shop=Zo\u{EB}/x", "shop=Zoe\u{308}/x"].enumerated() {
        try directory.write(name, try parquet(namesAndNumbers, rows(place..<place + 1)))
      }
      guard try FileManager.default.contentsOfDirectory(atPath: directory.path).count == 2 else { return }
      #expect(Set(try await readAll(try source()).rows) == Set(rows(0..<2)))
    }

    @Test func anInputThatIsSaidToBeFinalHasNoPartsOfFiles() async throws {
      try directory.write("a", Array(try parquet(namesAndNumbers, rows(0..<10)).dropLast()))
      let error = try await #require(throws: TidemillError.self) {
        _ = try await self.source().nextSlice(after: .beginning, byteLimit: .max, isFinal: true)
      }
      #expect(error.code == .badInput)
      #expect(error.message.contains(directory.full("a")))
    }

    @Test func aFileThatChangesIsAnError() async throws {
      try directory.write("a", try parquet(namesAndNumbers, rows(0..<10), rowGroupRows: 5))
      let source = try source()
      let first = try #require(try await source.nextSlice(after: .beginning, byteLimit: 1, isFinal: false))
      try directory.write("a", try parquet(namesAndNumbers, rows(1..<11), rowGroupRows: 5))
      let later = try self.source()
      await #expect(throws: TidemillError.self) { _ = try await readAll(later, from: first.end) }
      var all = ReadAll()
      let error = try #require(throws: TidemillError.self) { try read(first, of: self.source(), into: &all) }
      #expect(error.message.contains("changed"))
      // Also once it was read to its end, if that can be seen by its length.
      try directory.write("b", try parquet(namesAndNumbers, rows(0..<10)))
      try directory.remove("a")
      let end = try await readAll(try self.source()).end
      try directory.write("b", try parquet(namesAndNumbers, rows(0..<1000)))
      await #expect(throws: TidemillError.self) { _ = try await readAll(try self.source(), from: end) }
    }

    @Test func aFileMayGoOnceItWasReadToItsEnd() async throws {
      try directory.write("a", try parquet(namesAndNumbers, rows(0..<10), rowGroupRows: 5))
      try directory.write("b", try parquet(namesAndNumbers, rows(10..<20), rowGroupRows: 5))
      let source = try source()
      let slices = try await readAll(source, byteLimit: 1).slices
      #expect(slices.count == 4)
      try await source.release(before: slices[0].end)
      #expect(source.releasableInputs.isEmpty)
      try await source.release(before: slices[2].end)
      #expect(source.releasableInputs == [directory.full("a")])
      try directory.remove("a")
      #expect(try await readAll(try self.source(), from: slices[2].end).rows == rows(15..<20))
      try directory.remove("b")
      await #expect(throws: TidemillError.self) { _ = try await readAll(try self.source(), from: slices[2].end) }
      #expect(try await readAll(try self.source(), from: slices[3].end).rows.isEmpty)
    }

    @Test func columnsComeFromFilesPathsOrNowhere() async throws {
      try directory.write(
        "day=2024-03-01/shop=a%2Fb/x", try parquet(namesAndNumbers, rows(0..<1)))
      try directory.write("day=2024-03-02/shop=__HIVE_DEFAULT_PARTITION__/x", try parquet(namesAndNumbers, rows(1..<2)))
      let schema = Schema(
        Field("Shop", .string), Field("number", .bigint), Field("day", .date), Field("colour", .string), Field("NAME", .string))
      let all = try await readAll(try source(nil, schema))
      #expect(
        all.rows == [
          [.string("a/b"), .integer(0), .date(19783), .null, .string("row 0")],
          [.null, .integer(1), .date(19784), .null, .string("row 1")],
        ])
      #expect(try await readAll(try source(nil, Schema([]))).rows == [[], []])
      let learnt = try LearntSchema.columns(of: try ParquetFolder(path: directory.path))
      #expect(learnt == Schema(Field("name", .string), Field("number", .int), Field("day", .date), Field("shop", .string)))
      let error = try await #require(throws: TidemillError.self) {
        _ = try await readAll(try self.source(nil, Schema(Field("shop", .int))))
      }
      #expect(error.message.contains("'a/b'"))
    }

    @Test func aColumnOfAnotherTypeIsAnError() async throws {
      try directory.write("a", try parquet(namesAndNumbers, rows(0..<1)))
      for type in [DataType.boolean, .int, .timestamp, .date, .decimal(precision: 10, scale: 2), .double] {
        let error = try await #require(throws: TidemillError.self) {
          _ = try await readAll(try self.source(nil, Schema(Field("name", type))))
        }
        #expect(error.message.contains("is STRING, not \(type.sqlName)"))
      }
    }

    @Test func rowsWithoutAGoodTimeOrValueAreRejected() async throws {
      let schema = Schema(Field("id", .bigint), Field("at", .timestamp))
      let good = EventTime(microseconds: 1_709_294_400_000_000)
      try directory.write(
        "a",
        try parquet(
          schema,
          [
            [.integer(1), .timestamp(good)], [.integer(2), .null], [.integer(1 << 40), .timestamp(good)],
            [.integer(4), .timestamp(EventTime(microseconds: good.microseconds + 1))],
            [.integer(5), .timestamp(EventTime(microseconds: .min))], [.null, .timestamp(good)],
          ], rowGroupRows: 4))
      let asked = Schema(Field("id", .int), Field("at", .timestamp))
      let all = try await readAll(try source(nil, asked, eventTime: 1), latest: good)
      #expect(all.rows == [[.integer(1), .timestamp(good)], [.null, .timestamp(good)]])
      #expect(all.rejected.map(\.reason) == [.missingTime, .wrongType, .future, .wrongType])
      #expect(all.rejected.map(\.offset) == [1, 2, 3, 4])
      #expect(
        all.rejected.map { String(decoding: $0.text, as: UTF8.self) }.prefix(2) == [
          #"{"id":2,"at":null}"#, #"{"id":null,"at":"2024-03-01T12:00:00Z"}"#,
        ])
      #expect(all.rejected.map(\.detail).prefix(2) == ["at: no event time", "id: the value is no INT"])
      #expect(try source().line(of: "a", offset: 3) == 4)
    }

    @Test func damageIsAnErrorThatNamesTheFile() async throws {
      let whole = try parquet(namesAndNumbers, rows(0..<1000))
      // The length of the first page's header lies at the beginning of the file.
      var damaged = whole
      for place in 4..<200 { damaged[place] = 0xFF }
      try directory.write("a", damaged)
      let error = try await #require(throws: TidemillError.self) { _ = try await readAll(try self.source()) }
      #expect(error.message.contains(directory.full("a")))
      #expect(throws: TidemillError.self) { try self.source(self.directory.full("nothing")) }
    }
  }

  /// What other programs write: all of it by one process, since to start one takes longer than to read its files.
  private enum ForeignFiles {
    private static let program = """
      import sys, datetime, decimal, duckdb, polars, pyarrow as pa, pyarrow.parquet as pq
      def write(name, columns, **options): pq.write_table(pa.table(columns), f"{sys.argv[1]}/{name}", **options)

      at = [datetime.datetime(2024, 3, 1, 12, 0, 0, 250000), None, datetime.datetime(1969, 12, 31, 23, 59, 59)]
      times = {"at": pa.array(at, pa.timestamp("us")), "ns": pa.array(at, pa.timestamp("ns")),
               "zoned": pa.array(at, pa.timestamp("us", "UTC"))}
      write("times-plain", times)
      write("times-milliseconds", times, coerce_timestamps="ms")
      write("times-version-1", times, version="1.0")
      write("times-96-bits", times, use_deprecated_int96_timestamps=True)
      write("times-without-schema", times, store_schema=False)

      write("widths", {
        "tiny": pa.array([-1, None, 3], pa.int8()), "unsigned": pa.array([1, None, 2**32 - 1], pa.uint32()),
        "huge": pa.array([1, None, 2**64 - 1], pa.uint64()), "single": pa.array([0.5, None, -2.0], pa.float32()),
        "cents": pa.array([decimal.Decimal("1.25"), None, decimal.Decimal("-0.01")], pa.decimal128(9, 2)),
        "large": pa.array(["a", None, "a text that is longer than twelve bytes"], pa.large_string()),
        "view": pa.array(["b", None, "another text that is longer than twelve"], pa.string_view()),
        "coded": pa.array(["c", None, "c"]).dictionary_encode(), "bytes": pa.array([b"d", None, b"e"]),
        "day": pa.array([datetime.date(2024, 3, 1), None, datetime.date(1900, 1, 1)]), "flag": [True, None, False],
        "nested": [{"id": 7, "tags": ["x"]}, None, {"id": None, "tags": []}], "nothing": pa.nulls(3),
      }, data_page_version="2.0", compression="zstd")

      # The dictionary of the first column fills up in the midst of a row group.
      n = 6000
      texts = {"many": [f"a rather long key {i:010}" for i in range(n)],
               "few": [None if i % 7 == 0 else f"k{i % 5}" for i in range(n)]}
      write("texts-coded", texts, dictionary_pagesize_limit=50000, row_group_size=4000)
      write("texts-plain", texts, use_dictionary=False)

      start = datetime.datetime(2024, 3, 1, 12, tzinfo=datetime.timezone.utc)
      polars.DataFrame({
        "number": range(5), "name": [f"k{i % 3}" for i in range(5)], "price": [decimal.Decimal(i) for i in range(5)],
        "at": [start + datetime.timedelta(seconds=i) for i in range(5)],
      }, schema={"number": polars.Int32, "name": polars.String, "price": polars.Decimal(10, 2),
                 "at": polars.Datetime("us", "UTC")}).write_parquet(sys.argv[1] + "/polars")
      duckdb.execute("SET TimeZone = 'UTC'")
      duckdb.execute(
        "COPY (SELECT i::INT AS number, 'k' || i % 3 AS name, i::DECIMAL(10, 2) AS price,"
        "  TIMESTAMPTZ '2024-03-01 12:00:00+00' + to_seconds(i) AS at FROM range(5) t(i))"
        f" TO '{sys.argv[1]}/duckdb' (FORMAT parquet, PARTITION_BY (name))")
      """

    private static let bytes = Task {
      let directory = try TestDirectory()
      try await Judges.python(program, directory.path)
      return try directory.everything()
    }

    /// Writes those whose path begins so into a directory.
    static func write(_ beginning: String, to directory: TestDirectory) async throws {
      for (path, content) in try await bytes.value where path.hasPrefix(beginning) { try directory.write(path, content) }
    }
  }

  /// What other programs write.
  @Suite(.enabled(if: Judges.areInstalled, "Scripts/lake installs the other writers")) struct ForeignFileTests {
    let directory: TestDirectory

    init() throws { directory = try TestDirectory() }

    func rows(_ name: String, _ schema: Schema, eventTime: Int? = nil, zone: SessionZone = .utc) async throws -> [[Value]] {
      try await ForeignFiles.write(name, to: directory)
      let source = ParquetSource(
        try ParquetFolder(path: directory.full(name)), request: ReadRequest(schema: schema, eventTime: eventTime, zone: zone))
      return try await readAll(source, isFinal: true).rows
    }

    @Test(arguments: ["plain", "milliseconds", "version-1", "96-bits", "without-schema"])
    func timestampsOfAnyKindAreTheSame(kind: String) async throws {
      let times: [Value] = [
        .timestamp(EventTime(microseconds: 1_709_294_400_250_000)), .null, .timestamp(EventTime(microseconds: -1_000_000)),
      ]
      let expected = times.map { Array(repeating: $0, count: 3) }
      let schema = Schema(["at", "ns", "zoned"].map { Field($0, .timestamp) })
      #expect(try await rows("times-" + kind, schema) == expected)
      // Those without a zone are on a clock on the wall.
      let zone = try #require(SessionZone(name: "+02:00"))
      let local = try await rows("times-" + kind, schema, zone: zone)
      guard case .timestamp(let first) = local[0][0], case .timestamp(let zoned) = local[0][2] else {
        Issue.record("no times")
        return
      }
      // 96 bits say nothing of a zone, and are taken as UTC.
      let shift: Int64 = kind == "96-bits" ? 0 : 7_200_000_000
      #expect(zoned.microseconds - first.microseconds == shift)
    }

    @Test func numbersTextsAndDatesOfAnyWidthAreRead() async throws {
      let schema = Schema(
        Field("tiny", .int), Field("unsigned", .bigint), Field("huge", .decimal(precision: 20, scale: 0)),
        Field("single", .double),
        Field("cents", .decimal(precision: 12, scale: 3)), Field("large", .string), Field("view", .string),
        Field("coded", .string),
        Field("bytes", .string), Field("day", .date), Field("flag", .boolean), Field("id", .bigint, path: ["nested", "id"]),
        Field("nothing", .string))
      let read = try await rows("widths", schema)
      #expect(
        read == [
          [
            .integer(-1), .integer(1), .decimal(unscaled: 1, scale: 0), .double(0.5), .decimal(unscaled: 1250, scale: 3),
            .string("a"),
            .string("b"), .string("c"), .string("d"), .date(19783), .boolean(true), .integer(7), .null,
          ], Array(repeating: .null, count: 13),
          [
            .integer(3), .integer(4_294_967_295), .decimal(unscaled: 18_446_744_073_709_551_615, scale: 0), .double(-2),
            .decimal(unscaled: -10, scale: 3), .string("a text that is longer than twelve bytes"),
            .string("another text that is longer than twelve"), .string("c"), .string("e"), .date(-25567), .boolean(false),
            .null,
            .null,
          ],
        ])
      #expect(
        try LearntSchema.columns(of: try ParquetFolder(path: directory.full("widths"))).fields.map(\.name) == [
          "tiny", "unsigned", "huge", "single", "cents", "large", "view", "coded", "day", "flag",
        ])
    }

    @Test func textsAreReadWhetherTheyAreInADictionaryOrNot() async throws {
      for name in ["texts-coded", "texts-plain"] {
        let read = try await rows(name, Schema(Field("many", .string), Field("few", .string)))
        #expect(read.count == 6000)
        for (number, row) in read.enumerated() {
          let digits = String(number)
          let many = "a rather long key " + String(repeating: "0", count: 10 - digits.count) + digits
          guard row == [.string(many), number % 7 == 0 ? .null : .string("k\(number % 5)")] else {
            Issue.record("row \(number) of \(name) is \(row)")
            break
          }
        }
      }
    }

    @Test(arguments: [("duckdb", [0, 3, 1, 4, 2]), ("polars", [0, 1, 2, 3, 4])])
    func filesOfOtherEnginesAreRead(name: String, order: [Int64]) async throws {
      let schema = Schema(
        Field("number", .int), Field("name", .string), Field("price", .decimal(precision: 10, scale: 2)),
        Field("at", .timestamp))
      func row(_ number: Int64) -> [Value] {
        [
          .integer(number), .string("k\(number % 3)"), .decimal(unscaled: Int128(number) * 100, scale: 2),
          .timestamp(EventTime(microseconds: 1_709_294_400_000_000 + number * 1_000_000)),
        ]
      }
      #expect(try await rows(name, schema, eventTime: 3) == order.map(row))
    }
  }
#endif
