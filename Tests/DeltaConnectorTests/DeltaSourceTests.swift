#if Lake
  import DeltaTesting
  import ReferenceEngine
  import Testing
  import TidemillColumns
  import TidemillConnectors
  import TidemillPlan

  @testable import DeltaConnector
  @testable import DeltaLog

  /// A table's versions as a stream.
  @Suite struct DeltaSourceTests {
    @Test func whatIsInTheTableComesFirstThenWhatEachVersionAdds() async throws {
      let table = try ReadTable()
      let old = try table.append(0..<10)
      let second = try table.append(10..<20)
      // Another file of the first rows, which is younger than the second.
      try table.commit([
        table.removal(old, dataChange: false), .add(try table.file(ReadTable.rows(0..<10), dataChange: false)),
      ])
      let source = try table.source()
      let first = try await source.streamed()
      #expect(first.ids == Array(10..<20) + Array(0..<10))
      #expect(first.slices.last?.reachesEnd == true)
      try table.append(20..<25)
      // Files that are brought together hold no new rows.
      try table.commit([
        table.removal(second, dataChange: false), .add(try table.file(ReadTable.rows(10..<20), dataChange: false)),
      ])
      try table.commit([.add(try table.file(ReadTable.rows(30..<33))), .add(try table.file(ReadTable.rows(25..<30)))])
      let more = try await source.streamed(from: first.end)
      #expect(more.ids == Array(20..<25) + Array(30..<33) + Array(25..<30), "in the order of the commit")
      #expect(try await source.streamed(from: more.end).slices.isEmpty)
      // Another process goes on where this one was.
      let next = try table.source()
      #expect(try await next.streamed(from: first.end).ids == more.ids)
      #expect(try await next.streamed(from: more.end).slices.isEmpty)
    }

    @Test(arguments: 0..<12) func rowsAreTheSameHoweverTheyAreCut(seed: UInt64) async throws {
      var random = ReferenceEngine.SplitMix64(seed: seed)
      let table = try ReadTable(partitionBy: ["shop"], ["delta.checkpointInterval": "3"])
      var number = 0
      func grow(_ versions: Int) throws {
        for _ in 0..<versions {
          let files = try (0..<random.count(1...4)).map { _ in
            let count = random.count(1...60)
            defer { number += count }
            let shop: String? = random.pick(["s0", "s/1 %", nil])
            return try table.file(
              ReadTable.rows(number..<number + count), values: ["shop": shop], rowGroupRows: random.count(5...40))
          }
          try table.commit(files.map { .add($0) })
          if random.chance(percent: 30) { var now = try table.table(); try now.writeCheckpoint() }
        }
      }
      try grow(4)
      let whole = try await table.source(wholeFileBytes: random.pick([0, 1 << 20])).streamed()
      #expect(whole.ids.sorted() == Array(0..<number))
      let there = number
      var source = try table.source(wholeFileBytes: 0)
      var cut = Streamed()
      var lengths: [Int] = []
      while true {
        if cut.rows.count >= there, number == there { try grow(3) }
        if random.chance(percent: 30) { source = try table.source(wholeFileBytes: random.pick([0, 1200])) }
        guard let slice = try await source.nextSlice(after: cut.end, byteLimit: random.count(1...6000), isFinal: false) else {
          break
        }
        // Asked for twice, the same comes.
        if random.chance(percent: 30) {
          let again = try await source.nextSlice(after: cut.end, byteLimit: random.count(1...6000), isFinal: false)
          #expect(again != nil)
          _ = try await source.nextSlice(after: slice.end, byteLimit: 1, isFinal: false)
        }
        lengths.append(cut.rows.count)
        try cut.read(slice, of: source)
        cut.slices.append(slice)
        cut.end = slice.end
      }
      #expect(Array(cut.rows[..<there]) == whole.rows)
      #expect(cut.ids.sorted() == Array(0..<number) && number > there)
      // Slices that were written down give the same rows in another process, and when the log speaks of nothing any more.
      let later = try table.source()
      for path in table.store.paths where path.hasSuffix(".json") { table.store.set(path, nil) }
      for (slice, start) in zip(cut.slices, lengths) {
        var again = Streamed()
        try again.read(slice, of: later)
        #expect(again.rows == Array(cut.rows[start..<start + again.rows.count]))
      }
    }

    @Test func aStreamMayBeginWithAVersionOrWithTheNextOne() async throws {
      let table = try ReadTable()
      for number in 0..<3 { try table.append(number * 10..<number * 10 + 10) }
      #expect(try await table.source(from: "2").streamed().ids == Array(10..<30))
      let latest = try table.source(from: "Latest")
      // Where it begins is written down before anything comes, so that a restart misses nothing.
      let nothing = try await latest.streamed()
      #expect(nothing.slices.count == 1 && nothing.rows.isEmpty)
      try table.append(30..<35)
      #expect(try await table.source(from: "latest").streamed(from: nothing.end).ids == Array(30..<35))
      #expect(try await latest.streamed(from: nothing.end).ids == Array(30..<35))
      let beyond = await tidemillError { _ = try await table.source(from: "9").streamed() }
      #expect(beyond?.message == "startingVersion is 9, and the latest version of the Delta table simulated is 4")
      #expect(DeltaSourceOptions(rules: StreamRules(), startingVersion: "first") == nil)
      #expect(DeltaSourceOptions(rules: StreamRules(), startingVersion: "-1") == nil)
    }

    // MARK: Rows that go

    @Test func removedRowsEndAStreamUnlessItIsToldWhatThen() async throws {
      let table = try ReadTable()
      let first = try table.append(0..<10)
      let second = try table.append(10..<20)
      let start = try await table.source().streamed()
      try table.append(20..<22)
      try table.commit([table.removal(first)])
      try table.append(22..<24)
      try table.commit([table.removal(second), .add(try table.file(ReadTable.rows(10..<15)))])
      try table.append(24..<26)
      func outcome(_ rules: StreamRules) async -> (ids: [Int], problem: String?, hint: String?) {
        var all = Streamed(end: start.end)
        do {
          let source = try table.source(rules: rules)
          while let slice = try await source.nextSlice(after: all.end, byteLimit: .max, isFinal: false) {
            try all.read(slice, of: source)
            all.end = slice.end
          }
        } catch { return (all.ids, (error as? TidemillError)?.message, (error as? TidemillError)?.hint) }
        return (all.ids, nil, nil)
      }
      // What comes before is read all the same.
      let strict = await outcome(StreamRules())
      #expect(strict.ids == [20, 21])
      #expect(
        strict.problem
          == "version 4 of the Delta table simulated removes rows (those of \(first.path)), which a stream cannot take back")
      #expect(strict.hint?.contains("ignoreDeletes 'true'") == true)
      let deletes = await outcome(StreamRules(ignoresDeletes: true))
      #expect(deletes.ids == Array(20..<24))
      #expect(deletes.problem?.hasPrefix("version 6 of the Delta table simulated replaces rows") == true)
      #expect(deletes.hint?.contains("skipChangeCommits 'true'") == true)
      let changes = await outcome(StreamRules(ignoresChanges: true))
      #expect(changes.ids == Array(20..<24) + Array(10..<15) + Array(24..<26) && changes.problem == nil)
      let skips = await outcome(StreamRules(skipsChanges: true))
      #expect(skips.ids == Array(20..<26) && skips.problem == nil)
      // A new stream begins with what is in the table.
      #expect(try await table.source().streamed().ids.sorted() == Array(10..<15) + Array(20..<26))
    }

    // MARK: A log that has moved on

    @Test func aLogThatWasCleanedUpBeyondThePositionIsNamed() async throws {
      let table = try ReadTable()
      try table.append(0..<10)
      let start = try await table.source().streamed()
      let running = try table.source()
      _ = try await running.streamed(from: start.end)
      for number in 1...4 { try table.append(number * 10..<number * 10 + 10) }
      var now = try table.table()
      try now.writeCheckpoint()
      for version in 0...4 { table.store.set(LogNames.commit(version), nil) }
      let message = "the log of the Delta table simulated has version 2 no more, which comes next"
      for source in [running, try table.source()] {
        let error = await tidemillError { _ = try await source.streamed(from: start.end) }
        #expect(error?.message == message)
        #expect(error?.hint?.contains("new checkpoint") == true)
      }
      #expect(try await table.source().streamed().ids.sorted() == Array(0..<50))
      // The first version is needed until all of its files are read.
      let half = try #require(try await table.source().nextSlice(after: .beginning, byteLimit: 1, isFinal: false))
      try table.append(50..<60)
      now = try table.table()
      try now.writeCheckpoint()
      for path in table.store.paths where path.contains("00005.") { table.store.set(path, nil) }
      let error = await tidemillError { _ = try await table.source().streamed(from: half.end) }
      #expect(error?.message == "the log of the Delta table simulated has version 5 no more, of which a part was read")
    }

    @Test func versionsWithoutNewRowsAreNotNeededForEver() async throws {
      let table = try ReadTable()
      var file = try table.append(0..<3)
      let source = try table.source()
      let start = try await source.streamed()
      for _ in 0..<120 {
        let next = try table.file(ReadTable.rows(0..<3), dataChange: false)
        try table.commit([table.removal(file, dataChange: false), .add(next)])
        file = next
      }
      let passed = try await source.streamed(from: start.end)
      #expect(passed.rows.isEmpty && passed.slices.count == 1)
      var now = try table.table()
      try now.writeCheckpoint()
      for version in 0...80 { table.store.set(LogNames.commit(version), nil) }
      try table.append(3..<5)
      #expect(try await table.source().streamed(from: passed.end).ids == [3, 4])
    }

    @Test func aTableMadeAnewIsNotTakenForTheOldOne() async throws {
      let table = try ReadTable()
      for number in 0..<3 { try table.append(number * 10..<number * 10 + 10) }
      let source = try table.source()
      let start = try await source.streamed()
      try table.append(30..<31)
      let more = try await source.streamed(from: start.end)
      func remake(_ id: String) throws {
        for path in table.store.paths { table.store.set(path, nil) }
        var new = DeltaTable(new: table.store, codec: ParquetCheckpoints(), now: { 0 })
        try new.commit(
          DeltaTransaction(
            [.protocol(.ofNewTables), .metadata(ReadTable.metadata(ReadTable.schema, id: id))], reads: .nothing, operation: "X")
        )
        for number in 0..<6 { try table.append(number..<number + 1) }
      }
      try remake("another")
      let running = await tidemillError { _ = try await source.streamed(from: more.end) }
      #expect(
        running?.message == "the Delta table simulated was made anew while it was read: its version 4 is another one")
      let restarted = await tidemillError { _ = try await table.source().streamed(from: more.end) }
      #expect(restarted?.message == "the Delta table simulated is another table than the one that was read before")
    }

    // MARK: Columns

    @Test func columnsThatComeAreNullBeforeAndColumnsThatGoEndTheStream() async throws {
      let table = try ReadTable()
      try table.append(0..<2)
      let wide = Schema(ReadTable.schema.fields + [Field("more", .int)])
      let source = try table.source()
      let start = try await source.streamed()
      try table.commit([.metadata(ReadTable.metadata(wide))])
      try table.commit([.add(try table.file(ReadTable.rows(2..<3).map { $0 + [.integer(7)] }, schema: wide))])
      let more = try await source.streamed(from: start.end)
      #expect(more.ids == [2])
      let all = try await table.source(Schema(Field("ID", .bigint), Field("More", .int))).streamed()
      #expect(all.rows == [[.integer(0), .null], [.integer(1), .null], [.integer(2), .integer(7)]])
      let narrow = Schema(Field("id", .bigint), Field("shop", .int))
      try table.commit([.metadata(ReadTable.metadata(narrow))])
      let ofAnotherType = await tidemillError {
        _ = try await table.source(Schema(Field("id", .bigint))).streamed(from: more.end)
        _ = try await source.streamed(from: more.end)
      }
      #expect(ofAnotherType?.message == "the Delta table simulated, version 4, has the column shop as integer, not as STRING")
      let gone = await tidemillError { _ = try table.source() }
      #expect(gone?.message.contains("has the column shop as integer") == true)
      let typo = await tidemillError { _ = try table.source(Schema(Field("idd", .bigint))) }
      #expect(typo?.message == "the Delta table simulated, version 4, has no column idd")
      #expect(typo?.hint?.hasPrefix("its columns are id, shop;") == true)
    }

    @Test func partitionColumnsComeFromTheLog() async throws {
      let schema = Schema(
        Field("id", .bigint), Field("day", .date), Field("n", .int), Field("price", .decimal(precision: 8, scale: 2)),
        Field("at", .timestamp), Field("flag", .boolean), Field("x", .double), Field("name", .string))
      let names = schema.fields.dropFirst().map(\.name)
      let table = try ReadTable(schema: schema, partitionBy: names)
      func add(_ id: Int64, _ texts: [String?]) throws {
        let file = try table.file(
          [[.integer(id)] + names.map { _ in .null }], schema: schema,
          values: Dictionary(uniqueKeysWithValues: zip(names, texts)))
        try table.commit([.add(file)])
      }
      try add(1, ["2024-03-01", "7", "1.50", "2024-03-01 12:00:00.5", "true", "0.5", "a/b c%"])
      try add(2, names.map { _ in nil })
      try add(3, names.map { _ in "" })
      let found = try await table.source(schema).streamed().rows
      #expect(
        found[0] == [
          .integer(1), .date(19783), .integer(7), .decimal(unscaled: 150, scale: 2),
          .timestamp(EventTime(microseconds: ReadTable.day + 43_200_500_000)), .boolean(true), .double(0.5), .string("a/b c%"),
        ])
      #expect(found[1] == [.integer(2)] + names.map { _ in .null })
      #expect(found[2] == [.integer(3)] + names.map { _ in .null })
      // Nothing is read of the files when nothing of them is asked for.
      #expect(
        try await table.source(Schema(Field("name", .string))).streamed().rows == [[.string("a/b c%")], [.null], [.null]])
      try add(4, ["yesterday"] + names.dropFirst().map { _ in nil })
      let error = await tidemillError { _ = try await table.source(schema).streamed() }
      #expect(error?.message.contains("is of the partition day=yesterday, which is no DATE") == true)
    }

    // MARK: What is not read

    @Test func featuresThatAreNotKnownAreRefusedByName() async throws {
      func refusal(_ change: (ReadTable) throws -> Void) async throws -> String? {
        let table = try ReadTable()
        try table.append(0..<2)
        let source = try table.source()
        let start = try await source.streamed()
        try change(table)
        let running = await tidemillError { _ = try await source.streamed(from: start.end) }
        let new = await tidemillError { _ = try await table.source().streamed() }
        #expect(running?.message == new?.message)
        #expect(running?.code == .unsupported)
        return running?.message
      }
      let mapped = try await refusal {
        try $0.commit([.metadata(ReadTable.metadata(ReadTable.schema, [], ["delta.columnMapping.mode": "name"]))])
      }
      #expect(
        mapped == "the Delta table simulated has features that tidemill does not read: columnMapping (mode name)")
      let unknown = try await refusal {
        try $0.commit([
          .protocol(TableProtocol(minReaderVersion: 3, minWriterVersion: 7, readerFeatures: ["v2Checkpoint", "variantType"]))
        ])
      }
      #expect(unknown == "the Delta table simulated has features that tidemill does not read: v2Checkpoint, variantType")
      let vectors = try await refusal {
        var file = try $0.file(ReadTable.rows(5..<6))
        file.deletionVector = .object([
          "storageType": .string("u"), "pathOrInlineDv": .string("ab"), "cardinality": .integer(1),
        ])
        try $0.commit([.add(file)])
      }
      #expect(vectors == "the Delta table simulated has features that tidemill does not read: deletionVectors")
      let empty = await tidemillError { _ = try DeltaTable.loadToRead(SimulatedLakeStore(), codec: LineCodec(), now: { 0 }) }
      #expect(empty?.message == "there is no Delta table in simulated")
    }

    @Test func aFileThatIsGoneOrAnotherIsNamed() async throws {
      let table = try ReadTable()
      let file = try table.append(0..<50, rowGroupRows: 10)
      let source = try table.source(wholeFileBytes: 0)
      let slice = try #require(try await source.nextSlice(after: .beginning, byteLimit: 1, isFinal: false))
      let bytes = table.store.bytes(file.path)
      table.store.set(file.path, table.store.bytes(try table.file(ReadTable.rows(0..<60), rowGroupRows: 10).path))
      let other = try table.source(wholeFileBytes: 0)
      let changed = await tidemillError {
        var all = Streamed()
        try all.read(slice, of: other)
      }
      #expect(changed?.message == "simulated/\(file.path) has changed: it is not the file that was read before")
      table.store.set(file.path, nil)
      for size in [0, 1 << 20] {
        let gone = await tidemillError { _ = try await table.source(wholeFileBytes: size).streamed() }
        #expect(gone?.message.hasPrefix("simulated/\(file.path) is gone") == true)
      }
      table.store.set(file.path, bytes)
      #expect(try await table.source(wholeFileBytes: 0).streamed(from: slice.end).ids == Array(10..<50))
    }

    @Test func positionsAndRecordsThatMakeNoSenseAreRefused() async throws {
      let table = try ReadTable()
      try table.append(0..<3)
      let all = try await table.source().streamed()
      let source = try table.source()
      let position = await tidemillError { _ = try await source.streamed(from: SourcePosition([9, 9])) }
      #expect(
        position?.code == .checkpoint && position?.message.hasPrefix("the position of Delta table simulated is damaged") == true
      )
      var slice = try #require(all.slices.first)
      for length in 0..<slice.record.count {
        slice.record = Array(all.slices[0].record[..<length])
        #expect(throws: TidemillError.self) { try source.tasks(for: slice) }
      }
      #expect(try await source.streamed().ids == [0, 1, 2])
    }

    @Test func aStoreThatFailsNowAndThenChangesNothing() async throws {
      let table = try ReadTable()
      for number in 0..<8 { try table.append(number * 5..<number * 5 + 5) }
      let expected = try await table.source().streamed().ids
      let source = try table.source()
      table.store.plan { number, _, _ in
        var random = ReferenceEngine.SplitMix64(seed: UInt64(number))
        return random.chance(percent: 8) ? .refused : .none
      }
      var all = Streamed()
      var failures = 0
      while true {
        do {
          guard let slice = try await source.nextSlice(after: all.end, byteLimit: 2000, isFinal: false) else { break }
          var part = Streamed()
          try part.read(slice, of: source)
          all.rows += part.rows
          all.end = slice.end
        } catch let error as TidemillError {
          #expect(error.isRetryable && error.code == .io)
          failures += 1
          try #require(failures < 200)
        }
      }
      #expect(all.ids == expected && failures > 0, "\(failures)")
    }
  }
#endif
