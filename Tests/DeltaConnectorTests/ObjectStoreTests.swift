#if Lake
  import DeltaTesting
  import Foundation
  import LakeFiles
  import LakeTesting
  import Testing
  import TidemillColumns
  import TidemillConnectors
  import TidemillPlan

  @testable import DeltaConnector
  @testable import DeltaLog

  /// Tables in a real S3 server on loopback.
  @Suite(.enabled(if: Judges.areInstalled, "Scripts/lake installs the S3 server")) struct ObjectStoreTests {
    private func definition(_ path: String, _ more: [String: String] = [:]) async throws -> SinkDefinition {
      let server = try await ObjectServer.shared
      return SinkDefinition(
        name: "hourly", provider: "delta",
        options: [
          "path": path, "s3.endpoint": server.endpoint, "s3.region": "us-east-1", "s3.accesskey": ObjectServer.accessKey,
          "s3.secretkey": ObjectServer.secretKey,
        ].merging(more) { $1 })
    }

    private func sink(_ path: String, _ more: [String: String] = [:]) async throws -> any Sink {
      try DeltaConnector.sink(SinkContext(definition: await definition(path, more), mode: .update))
    }

    private func python(_ path: String, _ program: String) async throws -> String {
      let server = try await ObjectServer.shared
      return try await Judges.python(
        """
        import sys, deltalake
        options = {"AWS_ENDPOINT_URL": sys.argv[2], "AWS_ACCESS_KEY_ID": sys.argv[3], "AWS_SECRET_ACCESS_KEY": sys.argv[4],
                   "AWS_REGION": "us-east-1", "AWS_ALLOW_HTTP": "true"}
        root = sys.argv[1]
        \(program)
        """, path, server.endpoint, ObjectServer.accessKey, ObjectServer.secretKey)
    }

    @Test func aTableInAStoreIsWrittenReadAndSharedAsInADirectory() async throws {
      let path = "s3://tests/delta-\(UUID().uuidString)"
      var sink = try await sink(path, ["delta.checkpointinterval": "3"])
      try await sink.open(Hourly.shape(), lastEpoch: .none)
      for epoch in 1...7 {
        try await sink.write(
          Hourly.batch([("a", Int64(epoch), 0), ("b", Int64(epoch), Int64(epoch))]), epoch: Epoch(UInt64(epoch)))
        if epoch == 4 {
          sink = try await self.sink(path)
          try await sink.open(Hourly.shape(), lastEpoch: Epoch(4))
          try await sink.write(Hourly.batch([("a", 4, 0), ("b", 4, 4)]), epoch: Epoch(4))
        }
      }
      let show = """
        t = deltalake.DeltaTable(root, storage_options=options)
        print(t.version(), ", ".join(sorted(f"{r['k']} {r['n']} {r['w']['start'].hour}" for r in t.to_pyarrow_table().to_pylist())), end="")
        """
      #expect(try await python(path, show) == "7 a 7 0, b 1 1, b 2 2, b 3 3, b 4 4, b 5 5, b 6 6, b 7 7")
      _ = try await python(path, "deltalake.DeltaTable(root, storage_options=options).delete(\"k = 'b'\")")
      try await sink.write(Hourly.batch([("c", 8, 1)]), epoch: Epoch(8))
      #expect(try await python(path, show) == "9 a 7 0, c 8 1")
    }

    @Test func ofTwoWritersAtOnceNoneLosesARow() async throws {
      let path = "s3://tests/delta-\(UUID().uuidString)"
      try await withThrowingTaskGroup(of: Void.self) { group in
        for writer in 0..<2 {
          let sink = try await sink(path, ["shared": "true", "partitionby": ""])
          group.addTask {
            try await sink.open(Hourly.shape(.append, query: "q\(writer)"), lastEpoch: .none)
            for epoch in 1...8 {
              try await sink.write(Hourly.batch([("\(writer)", Int64(epoch), 0)]), epoch: Epoch(UInt64(epoch)))
            }
          }
        }
        try await group.waitForAll()
      }
      let rows = try await python(
        path, "print(deltalake.DeltaTable(root, storage_options=options).to_pyarrow_table().num_rows, end='')")
      #expect(rows == "16")
    }

    @Test func aTableInAStoreIsFollowedAndJoinedAsInADirectory() async throws {
      let path = "s3://tests/delta-\(UUID().uuidString)"
      let options = try await definition(path).options
      let stream = StreamDefinition(name: "hourly", schema: Schema([]), provider: "delta", options: options)
      let missing = #expect(throws: TidemillError.self) { try DeltaConnector.columns(stream) }
      #expect(missing?.message.hasPrefix("there is no Delta table in s3://tests/delta-") == true)
      let sink = try await sink(path, ["delta.checkpointinterval": "2"])
      try await sink.open(Hourly.shape(.append), lastEpoch: .none)
      for epoch in 1...3 { try await sink.write(Hourly.batch([("a", Int64(epoch), 0)]), epoch: Epoch(UInt64(epoch))) }
      let columns = try DeltaConnector.columns(stream)
      #expect(columns == Schema(Hourly.schema.fields + [Field("w_date", .date)]))
      let source = try DeltaConnector.source(
        SourceContext(definition: stream, request: ReadRequest(schema: Hourly.schema)))
      let first = try await source.streamed()
      #expect(Hourly.shown(first.rows) == ["a 1 0", "a 2 0", "a 3 0"])
      // A version that comes while it waits ends the wait.
      async let waiting: Void = source.waitForInput(timeout: .seconds(60))
      try await sink.write(Hourly.batch([("b", 4, 1), ("c", 4, 30)]), epoch: Epoch(4))
      try await waiting
      let more = try await source.streamed(from: first.end)
      #expect(Hourly.shown(more.rows) == ["b 4 1", "c 4 30"])
      let table = try DeltaConnector.table(
        TableContext(definition: TableDefinition(name: "hourly", schema: columns, provider: "delta", options: options)))
      var rows: [[Value]] = []
      let version = try table.version()
      try table.read(version, columns: Hourly.schema) { rows += $0.rows }
      #expect(Hourly.shown(rows) == ["a 1 0", "a 2 0", "a 3 0", "b 4 1", "c 4 30"])
      try await sink.write(Hourly.batch([("d", 5, 1)]), epoch: Epoch(5))
      #expect(try table.version() != version)
    }

    @Test func anUnknownPropertyIsNamedWithThoseThereAre() async throws {
      let error = await #expect(throws: TidemillError.self) {
        try await sink("s3://tests/x", ["delta.enabledeletionvectors": "true"])
      }
      #expect(error?.message == "sink hourly: there is no property delta.enabledeletionvectors that a table could be made with")
      #expect(error?.hint?.hasPrefix("the properties are delta.appendOnly, delta.checkpointInterval, ") == true)
    }

    @Test func storesInWhichWritersWouldMeetAreRefused() async throws {
      let error = await #expect(throws: TidemillError.self) { try await sink("gs://bucket/table") }
      #expect(error?.message.hasPrefix("sink hourly: Google Cloud Storage has no way here to write a file only if") == true)
      let unknown = await #expect(throws: TidemillError.self) { try await sink("ftp://host/table") }
      #expect(unknown?.message == "sink hourly: there are no tables at ftp://…")
    }
  }
#endif
