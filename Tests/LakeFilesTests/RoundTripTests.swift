#if Lake
  import LakeFiles
  import Testing
  import TidemillColumns

  /// Every type, with and without nulls, short and long strings.
  private let schema = Schema(
    Field("flag", .boolean), Field("small", .int), Field("big", .bigint), Field("share", .double),
    Field("price", .decimal(precision: 30, scale: 4)), Field("cents", .decimal(precision: 9, scale: 2)), Field("name", .string),
    Field("day", .date), Field("at", .timestamp), Field("w", .window))

  private func row(_ number: Int, isNull: Bool) -> [Value] {
    if isNull { return schema.fields.map { _ in .null } }
    let time = EventTime(microseconds: Int64(number) * 3_600_000_000 - 7)
    return [
      .boolean(number % 3 == 0), .integer(Int64(number % 5 - 2)), .integer(Int64(number) << 40),
      .double(Double(number) / 7), .decimal(unscaled: Int128(number) << 70, scale: 4),
      .decimal(unscaled: Int128(-number), scale: 2),
      .string(number % 4 == 0 ? "" : String(repeating: "añ", count: number % 11)), .date(Int64(number - 20)),
      .timestamp(time), .window(start: time, end: EventTime(microseconds: time.microseconds + 60_000_000)),
    ]
  }

  private func written(
    _ batches: [Batch], options: ParquetWriter.Options = ParquetWriter.Options()
  ) throws -> (bytes: [UInt8], footer: ParquetFooter) {
    let bytes = ByteCollector()
    let writer = try ParquetWriter(schema, options: options) { bytes.append($0) }
    for batch in batches { try writer.append(batch) }
    let footer = try writer.close()
    return (bytes.bytes, footer)
  }

  final class ByteCollector {
    private(set) var bytes: [UInt8] = []
    func append(_ more: UnsafeRawBufferPointer) { bytes.append(contentsOf: more) }
  }

  private struct NoColumn: Error { var name: String }

  private func read(_ bytes: [UInt8], _ change: (inout ParquetFile.Request) -> Void = { _ in }) throws -> [[Value]] {
    let file = try ParquetFile(MemoryInput(bytes, name: "test"))
    var request = file.everything
    change(&request)
    let rows = try file.rows(request)
    var result: [[Value]] = []
    while let batch = try rows.next() {
      var unfit: [Int] = []
      let columns = try schema.fields.map { field in
        guard let column = batch.column(field.path, as: field.type, unfit: &unfit) else { throw NoColumn(name: field.name) }
        return column
      }
      if !unfit.isEmpty { throw NoColumn(name: "\(unfit)") }
      result += Batch(schema: schema, count: batch.count, columns: columns).rows
    }
    return result
  }

  @Suite struct RoundTripTests {
    private static func rows(_ count: Int, nulls: Bool) -> [[Value]] {
      (0..<count).map { row($0, isNull: nulls && $0 % 5 == 3) }
    }

    @Test(arguments: ParquetWriter.Codec.allCases, [false, true])
    func whatIsWrittenIsRead(codec: ParquetWriter.Codec, nulls: Bool) throws {
      let rows = Self.rows(1000, nulls: nulls)
      let halves = [Batch(schema: schema, rows: Array(rows[..<333])), Batch(schema: schema, rows: Array(rows[333...]))]
      let (bytes, footer) = try written(halves, options: ParquetWriter.Options(codec: codec, rowGroupRows: 400))
      #expect(footer.rows == 1000)
      #expect(footer.byteCount == bytes.count)
      #expect(footer.groups.map(\.rows) == [400, 400, 200])
      #expect(try read(bytes) == rows)
      #expect(try read(bytes) { $0.batchRows = 37 } == rows)
      #expect(try read(bytes) { $0.dictionaries = false } == rows)
      #expect(
        try read(bytes) {
          $0.prefetches = true; $0.threads = true
        } == rows)
      #expect(try read(bytes) { $0.groups = [2, 0] } == Array(rows[800...] + rows[..<400]))
    }

    @Test func anEmptyFileHasItsColumns() throws {
      let (bytes, footer) = try written([])
      #expect(footer.rows == 0)
      #expect(try ParquetFile(MemoryInput(bytes, name: "test")).fields.map(\.name) == schema.fields.map(\.name))
      #expect(try read(bytes).isEmpty)
    }

    @Test func statisticsSayWhatValuesLieBetween() throws {
      let rows = Self.rows(100, nulls: true)
      let (_, footer) = try written([Batch(schema: schema, rows: rows)])
      func bounds(_ path: String, _ type: DataType) throws -> [Value?] {
        let leaf = try #require(footer.leaves.firstIndex { $0.path == path })
        let statistics = try footer.statistics(group: 0, leaf: leaf)
        #expect(statistics.nulls == 20)
        return [statistics.minimum(as: type), statistics.maximum(as: type)]
      }
      #expect(try bounds("flag", .boolean) == [.boolean(false), .boolean(true)])
      #expect(try bounds("small", .int) == [.integer(-2), .integer(2)])
      #expect(try bounds("big", .bigint) == [.integer(0), .integer(99 << 40)])
      #expect(try bounds("price", .decimal(precision: 30, scale: 4)) == [0, 99].map { .decimal(unscaled: $0 << 70, scale: 4) })
      #expect(try bounds("cents", .decimal(precision: 9, scale: 2)) == [-99, 0].map { .decimal(unscaled: $0, scale: 2) })
      #expect(try bounds("name", .string) == [.string(""), .string(String(repeating: "añ", count: 10))])
      #expect(try bounds("day", .date) == [.date(-20), .date(79)])
      #expect(
        try bounds("w.start", .timestamp) == [-7, 99 * 3_600_000_000 - 7].map { .timestamp(EventTime(microseconds: $0)) })
    }

    @Test func nestedColumnsAreWrittenAndRead() throws {
      let fields = [
        ArrowField.structure(
          "add",
          [
            ArrowField("path", .string),
            ArrowField.map("values", key: ArrowField("key", .string), value: ArrowField("value", .string)),
            ArrowField.list("tags", of: ArrowField("element", .bigint)),
          ])
      ]
      func strings(_ texts: [String?]) -> ArrowColumn {
        let builder = ColumnBuilder(.string)
        for text in texts { if let text { builder.append(string: text) } else { builder.appendNull() } }
        return ArrowColumn(builder.finish())
      }
      let numbers = ColumnBuilder(.bigint)
      for number in [7, 8, 9] { numbers.append(int64: Int64(number)) }
      let entries = ArrowColumn(
        count: 3, values: .structure([strings(["a", "b", "c"]), strings(["one", nil, "a rather long value"])]))
      let column = ArrowColumn(
        count: 4,
        values: .structure([
          strings(["p0", "", "p2", "p3"]),
          ArrowColumn(count: 4, values: .list(offsets: Buffer([0, 2, 2, 2, 3]), elements: entries)),
          ArrowColumn(
            count: 4, values: .list(offsets: Buffer([0, 0, 0, 3, 3]), elements: ArrowColumn(numbers.finish())),
            validity: Buffer([1, 0, 1, 0])),
        ]),
        validity: Buffer([1, 0, 1, 1]))
      let bytes = ByteCollector()
      let writer = try ParquetWriter(fields, write: { bytes.append($0) })
      try writer.append([column], count: 4)
      try writer.note("tidemill.test", "a note")
      _ = try writer.close()

      let file = try ParquetFile(MemoryInput(bytes.bytes, name: "test"))
      #expect(file.footer.note("tidemill.test") == "a note")
      #expect(file.leaves(["add", "path"]).count == 1)
      let batch = try #require(try file.rows(file.everything).next())
      let add = try #require(try batch.columns().first)
      #expect((0..<4).map { add.isNull($0) } == [false, true, false, false])
      #expect(add.fields[0].column?.value(2) == .string("p2"))
      let map = try #require(add.fields[1].elements(0))
      #expect(map.rows.map { map.column.fields[0].column!.value($0) } == [.string("a"), .string("b")])
      #expect(map.rows.map { map.column.fields[1].column!.value($0) } == [.string("one"), .null])
      let last = try #require(add.fields[1].elements(3))
      #expect(last.rows.map { last.column.fields[1].column!.value($0) } == [.string("a rather long value")])
      let tags = try #require(add.fields[2].elements(2))
      #expect(tags.rows.map { tags.column.column!.value($0) } == [.integer(7), .integer(8), .integer(9)])
      #expect(add.fields[2].isNull(3))
      var unfit: [Int] = []
      let paths = try #require(batch.column(["add", "path"], as: .string, unfit: &unfit))
      #expect((0..<4).map { paths.value($0) } == [.string("p0"), .null, .string("p2"), .string("p3")])
    }

    @Test func valuesThatATypeDoesNotHaveAreTold() throws {
      let (bytes, _) = try written([Batch(schema: schema, rows: Self.rows(10, nulls: false))])
      let file = try ParquetFile(MemoryInput(bytes, name: "test"))
      let batch = try #require(try file.rows(file.everything).next())
      var unfit: [Int] = []
      #expect(batch.column(["big"], as: .int, unfit: &unfit) != nil)
      #expect(unfit == Array(1..<10))
      #expect(batch.column(["name"], as: .int, unfit: &unfit) == nil)
      #expect(batch.column(["nothing"], as: .int, unfit: &unfit) == nil)
      let wide = try #require(batch.column(["small"], as: .decimal(precision: 5, scale: 2), unfit: &unfit))
      #expect(unfit.isEmpty)
      #expect(wide.value(4) == .decimal(unscaled: 200, scale: 2))
    }

    @Test func damagedFilesAreErrors() throws {
      let (bytes, _) = try written([Batch(schema: schema, rows: Self.rows(500, nulls: true))])
      #expect(throws: (any Error).self) { try ParquetFile(MemoryInput(Array(bytes.dropLast(9)), name: "test")) }
      #expect(throws: (any Error).self) { try ParquetFile(MemoryInput([], name: "test")) }
      // Any byte may be wrong: an error or other rows, never a trap.
      for place in stride(from: 4, to: bytes.count, by: 11) {
        var damaged = bytes
        damaged[place] ^= 0xFF
        _ = try? read(damaged)
      }
    }

    private struct Refusal: Error {}

    @Test func errorsOfTheOutputPassThrough() throws {
      var count = 0
      let writer = try ParquetWriter(schema) { _ in
        count += 1
        if count > 2 { throw Refusal() }
      }
      #expect(throws: Refusal.self) {
        try writer.append(Batch(schema: schema, rows: Self.rows(100, nulls: false)))
        _ = try writer.close()
      }
    }
  }
#endif
