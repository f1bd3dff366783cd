#if Lake
  import Testing
  import TidemillColumns
  import TidemillConnectors
  import TidemillPlan

  @testable import DeltaConnector
  @testable import DeltaLog

  /// Files that no query looks at are not opened, and nothing but that changes by it.
  @Suite struct FileSkippingTests {
    private static let low = ColumnCondition("id", .compares(.less, .integer(15)))

    @Test func whatTheLogSaysOfAFileIsEnoughToLeaveItOut() async throws {
      let table = try ReadTable()
      for number in 0..<5 { try table.append(number * 10..<number * 10 + 10) }
      let blind = try table.append(50..<60, stats: false)
      let schema = Schema(Field("id", .bigint))
      // Files that are gone show that nobody opens them; of the last one the log says nothing.
      for path in table.store.paths where path.hasSuffix(".parquet") && path != blind.path {
        let file = try #require(try table.table().snapshot.files.values.first { $0.path == path })
        if !["{\"id\":0,", "{\"id\":10,"].contains(where: { file.stats?.contains("\"minValues\":\($0)") == true }) {
          table.store.set(path, nil)
        }
      }
      let found = try await table.source(schema, conditions: [[Self.low]]).streamed()
      #expect(found.ids == Array(0..<20))
      #expect(found.skipped == 30 + 10, "the blind file's row group is left out by its footer")
      // One query that looks at a row is enough for it to be read.
      let both = await tidemillError { _ = try await table.source(schema, conditions: [[Self.low], []]).streamed() }
      #expect(both?.message.contains("is gone") == true)
      // What is left out stays so when it is read again.
      let source = try table.source(schema, conditions: [[Self.low]])
      var again = Streamed()
      for slice in found.slices { try again.read(slice, of: source) }
      #expect(again.rows == found.rows && again.skipped == found.skipped)
    }

    @Test func partitionsThatNoQueryLooksAtAreLeftOut() async throws {
      let table = try ReadTable(partitionBy: ["shop"])
      for (number, shop) in ["a", "b", nil, "c"].enumerated() {
        try table.append(number * 10..<number * 10 + 10, values: ["shop": shop])
      }
      func ids(_ test: ColumnCondition.Test) async throws -> (ids: [Int], skipped: Int) {
        let source = try table.source(conditions: [[ColumnCondition("shop", test)]])
        let found = try await source.streamed()
        return (found.ids, found.skipped)
      }
      #expect(try await ids(.compares(.equal, .string("b"))) == (Array(10..<20), 30))
      #expect(try await ids(.isNull) == (Array(20..<30), 30))
      #expect(try await ids(.isNotNull) == (Array(0..<20) + Array(30..<40), 10))
      #expect(try await ids(.isOneOf([.string("a"), .string("c")])) == (Array(0..<10) + Array(30..<40), 20))
    }

    /// The watermark moves as if all had been read: to the microsecond.
    @Test func theHighestEventTimeOfWhatIsLeftOutIsExact() async throws {
      let schema = Schema(Field("id", .bigint), Field("at", .timestamp))
      let time = EventTime(microseconds: ReadTable.day + 123_456)
      func source(_ greatest: String, conditions: [[ColumnCondition]] = [[Self.low]]) throws -> (ReadTable, DeltaSource) {
        let table = try ReadTable(schema: schema)
        var file = try table.file([[.integer(20), .timestamp(time)]], schema: schema)
        file.stats = """
          {"numRecords":1,"minValues":{"id":20,"at":"2024-03-01T00:00:00.100Z"},"maxValues":{"id":20,"at":"\(greatest)"},
          "nullCount":{"id":0,"at":0}}
          """
        try table.commit([.add(file)])
        return (table, try table.source(schema, eventTime: 1, conditions: conditions))
      }
      // Cut off behind the milliseconds: the file itself is asked, and need not be decoded.
      for text in ["2024-03-01T00:00:00.123Z", "2024-03-01T00:00:00.123456Z"] {
        let (_, source) = try source(text)
        let found = try await source.streamed()
        #expect(found.skipped == 1 && found.highest == time && found.rows.isEmpty, "\(text)")
      }
      let (table, exact) = try source("2024-03-01T00:00:00.123456Z")
      let slice = try #require(try await exact.nextSlice(after: .beginning, byteLimit: .max, isFinal: true))
      // A row too far ahead of the clock is rejected, though no query looks at it.
      var ahead = Streamed()
      try ahead.read(slice, of: exact, latest: EventTime(microseconds: time.microseconds - 1))
      #expect(ahead.skipped == 0 && ahead.rejected.map(\.reason) == [.future])
      for path in table.store.paths where path.hasSuffix(".parquet") { table.store.set(path, nil) }
      #expect(try await exact.streamed().skipped == 1)
      // Times between the milliseconds are not missed for the cut.
      let late = ColumnCondition("at", .compares(.greater, .timestamp(EventTime(microseconds: ReadTable.day + 123_400))))
      let (_, wanted) = try source("2024-03-01T00:00:00.123Z", conditions: [[late]])
      #expect(try await wanted.streamed().ids == [20])
    }

    @Test(arguments: [
      ("a INT", "{\"a\":5}", "{\"a\":9}", ColumnCondition.Test.compares(.greater, .integer(9)), true),
      ("a INT", "{\"a\":5}", "{\"a\":9}", .compares(.greater, .integer(8)), false),
      ("a INT", "{\"a\":5.5}", "{\"a\":9}", .compares(.greater, .integer(9)), false),
      ("a STRING", "{\"a\":\"b\"}", "{\"a\":\"bz\"}", .compares(.less, .string("b")), true),
      ("a STRING", "{\"a\":\"b\"}", "{}", .compares(.greater, .string("c")), false),
      ("a DATE", "{\"a\":\"2024-03-01\"}", "{\"a\":\"2024-03-02\"}", .compares(.equal, .date(19785)), true),
      ("a DECIMAL(9,2)", "{\"a\":1.5}", "{\"a\":2}", .compares(.greater, .decimal(unscaled: 200, scale: 2)), true),
      ("a DECIMAL(20,2)", "{\"a\":1.5}", "{\"a\":2}", .compares(.greater, .decimal(unscaled: 200, scale: 2)), false),
      ("a DOUBLE", "{\"a\":1.5}", "{\"a\":2}", .compares(.greater, .double(3)), false),
      ("a BOOLEAN", "{\"a\":false}", "{\"a\":false}", .compares(.equal, .boolean(true)), true),
    ])
    func boundsAreTakenAsTheyAreMeant(
      column: String, least: String, greatest: String, test: ColumnCondition.Test, isSkipped: Bool
    ) throws {
      let types: [String: DataType] = [
        "INT": .int, "STRING": .string, "DATE": .date, "DECIMAL(9,2)": .decimal(precision: 9, scale: 2),
        "DECIMAL(20,2)": .decimal(precision: 20, scale: 2), "DOUBLE": .double, "BOOLEAN": .boolean,
      ]
      let schema = Schema(Field("a", try #require(types[String(column.dropFirst(2))])))
      let columns = try TableColumns(schema, ReadTable.metadata(schema), of: "t", version: 0)
      let request = ReadRequest(schema: schema, conditions: [[ColumnCondition("a", test)]])
      let stats = "{\"numRecords\":3,\"minValues\":\(least),\"maxValues\":\(greatest),\"nullCount\":{\"a\":1}}"
      let skipped = try #require(FileFacts(stats, constants: [:], columns)).skipped(request)
      #expect(skipped == (isSkipped ? SkippedRows(count: 3, highest: nil) : nil))
      #expect(FileFacts("{}", constants: [:], columns) == nil)
      #expect(FileFacts("no JSON", constants: [:], columns) == nil)
    }

    @Test func columnsWithoutAValueAreKnownByTheirNulls() throws {
      let schema = Schema(Field("a", .string))
      let columns = try TableColumns(schema, ReadTable.metadata(schema), of: "t", version: 0)
      func isSkipped(_ nulls: String, _ test: ColumnCondition.Test) -> Bool {
        let request = ReadRequest(schema: schema, conditions: [[ColumnCondition("a", test)]])
        let stats = "{\"numRecords\":3,\"minValues\":{},\"maxValues\":{},\"nullCount\":{\(nulls)}}"
        return FileFacts(stats, constants: [:], columns)?.skipped(request) != nil
      }
      #expect(isSkipped("\"a\":3", .isNotNull) && isSkipped("\"a\":3", .compares(.equal, .string("x"))))
      #expect(isSkipped("\"a\":0", .isNull))
      #expect(!isSkipped("\"a\":2", .isNotNull) && !isSkipped("", .isNull) && !isSkipped("", .isNotNull))
    }
  }
#endif
