#if Lake
  import Foundation
  import LakeFiles
  import LakeTesting
  import Testing
  import TidemillColumns

  @Suite(.enabled(if: Judges.areInstalled, "Scripts/lake installs the readers")) struct ArrowStreamTests {
    private static let schema = Schema(
      Field("flag", .boolean), Field("small", .int), Field("big", .bigint), Field("share", .double),
      Field("price", .decimal(precision: 30, scale: 4)), Field("name", .string), Field("day", .date), Field("at", .timestamp),
      Field("w", .window))

    private static let rows: [[Value]] = [
      [
        .boolean(true), .integer(-2), .integer(1 << 60), .double(0.125), .decimal(unscaled: -Int128(12_345) << 60, scale: 4),
        .string("añ, a name of more than twelve bytes"), .date(-1), .timestamp(EventTime(microseconds: -7)),
        .window(start: EventTime(microseconds: 0), end: EventTime(microseconds: 60_000_000)),
      ], Self.schema.fields.map { _ in .null },
      [
        .boolean(false), .integer(7), .integer(0), .double(-.infinity), .decimal(unscaled: 5, scale: 4), .string(""),
        .date(19_000),
        .timestamp(EventTime(microseconds: 1_700_000_000_000_001)),
        .window(start: EventTime(microseconds: 1_000_000), end: EventTime(microseconds: 2_000_000)),
      ],
    ]

    /// What pyarrow and polars read of a stream, whose path is the program's argument.
    private static let reader = """
      import sys, pyarrow as pa, polars
      with pa.ipc.open_stream(sys.argv[1]) as stream:
          table = stream.read_all()
      print(", ".join(f"{f.name} {f.type}" for f in table.schema))
      for row in table.to_pylist():
          w = row.pop("w")
          print("|".join(str(v) for v in [*row.values(), *(w.values() if w else [None])]))
      print(polars.read_ipc_stream(sys.argv[1]).height)
      """

    private func read(_ batch: Batch) async throws -> [String] {
      let path = NSTemporaryDirectory() + "tidemill-stream-" + UUID().uuidString
      defer { try? FileManager.default.removeItem(atPath: path) }
      try Data(ArrowStream.bytes(of: batch)).write(to: URL(fileURLWithPath: path))
      return try await Judges.python(Self.reader, path).split(separator: "\n").map(String.init)
    }

    @Test func othersReadWhatIsWritten() async throws {
      let lines = try await read(Batch(schema: Self.schema, rows: Self.rows))
      #expect(
        lines.first
          == "flag bool, small int32, big int64, share double, price decimal128(30, 4), name string, day date32[day], "
          + "at timestamp[us, tz=UTC], w struct<start: timestamp[us, tz=UTC], end: timestamp[us, tz=UTC]>")
      #expect(
        lines.dropFirst().first
          == "True|-2|1152921504606846976|0.125|-1423281597437152591.8720|añ, a name of more than twelve bytes|1969-12-31|"
          + "1969-12-31 23:59:59.999993+00:00|"
          + "1970-01-01 00:00:00+00:00|1970-01-01 00:01:00+00:00")
      #expect(lines[2] == Array(repeating: "None", count: 9).joined(separator: "|"))
      #expect(lines[3].hasPrefix("False|7|0|-inf|0.0005||2022-01-08|2023-11-14 22:13:20.000001+00:00|"))
      #expect(lines[4] == "3")
    }

    @Test func noRowsAreAStreamToo() async throws {
      let lines = try await read(Batch(schema: Self.schema, rows: []))
      #expect(lines.count == 2 && lines[0].hasPrefix("flag bool, ") && lines[1] == "0")
    }
  }
#endif
