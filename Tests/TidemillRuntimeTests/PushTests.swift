import Testing
import Tidemill
import TidemillFormats
import TidemillTesting

@Suite struct PushTests {
  private func stream(limit: Int = 64 << 20) throws -> (PushStream, JobDriver, MemorySink) {
    let plan = try Session().plan(
      """
      CREATE STREAM pushed (k STRING, v BIGINT) USING http;
      CREATE SINK out USING json OPTIONS (path 'out');
      INSERT INTO out WITH (mode 'append') SELECT k, v FROM pushed;
      """)
    let schema = plan.streams[0].schema
    let stream = try PushStream(
      name: "pushed", schema: schema, format: JSONFormat(request: ReadRequest(schema: schema)), waitingLimit: limit)
    let sink = MemorySink()
    let query = QueryDefinition(name: "out", plan: plan.queries[0].plan, sink: sink)
    return (stream, try JobDriver([StreamInput(name: "pushed", source: stream, schema: schema, queries: [query])]), sink)
  }

  private func bytes(_ text: String) -> [UInt8] { Array(text.utf8) }

  @Test func linesCountWithAndWithoutTheirLastEnd() async throws {
    let (stream, job, sink) = try stream()
    let first = try await stream.push(bytes("{\"k\":\"a\",\"v\":1}\n\n\r\n{\"k\":\"b\",\"v\":2}"))
    #expect(first == PushReceipt(lines: 2, bytes: 35, isDuplicate: false, isDurable: false))
    #expect(try await stream.push([]).lines == 0)
    #expect(try await stream.push(bytes("\n\r\n\n")).lines == 0)
    #expect(try await stream.push(bytes("\r\n{\"k\":\"c\",\"v\":3}\r\n")).lines == 1)
    #expect(stream.waitingBytes == 35 + 19)
    try await job.settle()
    #expect(stream.waitingBytes == 0)
    #expect(sink.rows == [[.string("a"), .integer(1)], [.string("b"), .integer(2)], [.string("c"), .integer(3)]])
  }

  @Test func pushesOfOneKeyAddOnce() async throws {
    let (stream, job, sink) = try stream()
    let line = bytes("{\"k\":\"a\",\"v\":1}\n")
    let receipts = try await withThrowingTaskGroup(of: PushReceipt.self) { group in
      for _ in 0..<50 { group.addTask { try await stream.push(line, key: "one") } }
      var receipts: [PushReceipt] = []
      for try await receipt in group { receipts.append(receipt) }
      return receipts
    }
    #expect(receipts.count { !$0.isDuplicate } == 1)
    try await job.settle()
    #expect(sink.rows.count == 1)
    for key in ["", String(repeating: "k", count: 256)] {
      let error = await #expect(throws: TidemillError.self) { try await stream.push(line, key: key) }
      #expect(error?.code == .badInput)
    }
    #expect(try await !stream.push(line, key: String(repeating: "k", count: 255)).isDuplicate)
  }

  @Test func tooMuchThatWaitsIsRefusedUntilEpochsHaveTakenIt() async throws {
    let (stream, job, sink) = try stream(limit: 40)
    let line = bytes("{\"k\":\"a\",\"v\":1}\n")
    _ = try await stream.push(line)
    _ = try await stream.push(line)
    await #expect(throws: PushRefusal.full(retryAfter: 1)) { try await stream.push(line) }
    try await job.settle()
    // One that is larger than the limit goes alone.
    #expect(try await stream.push(Array(repeating: line, count: 5).flatMap { $0 }).lines == 5)
    await #expect(throws: PushRefusal.full(retryAfter: 1)) { try await stream.push(line) }
    try await job.settle()
    #expect(sink.rows.count == 7)
    try await job.stop()
    await #expect(throws: PushRefusal.ended) { try await stream.push(line) }
  }

  @Test func manyAtOnceAllCount() async throws {
    let (stream, job, sink) = try stream()
    try await withThrowingTaskGroup(of: Void.self) { group in
      for number in 0..<500 {
        group.addTask { [self] in _ = try await stream.push(bytes("{\"k\":\"\(number)\",\"v\":\(number)}")) }
      }
      try await group.waitForAll()
    }
    try await job.settle()
    #expect(Set(sink.rows.map { $0[1] }) == Set((0..<500).map { .integer($0) }))
    #expect(sink.rows.count == 500)
  }

  @Test func aStreamMustSayItsColumnsAndKnowsItsOptions() throws {
    let text = "CREATE STREAM pushed USING http; SELECT * FROM pushed;"
    let error = #expect(throws: TidemillError.self) { try Session().plan(text) }
    #expect(error?.range != nil)
    #expect(error?.hint?.contains("CREATE STREAM pushed (name TYPE, …)") == true)
    for (options, message) in [
      ("max.waiting 'much'", "option max.waiting is 'much'"), ("format 'xml'", "option format is 'xml'"),
      ("format 'csv', header 'true'", "no header line"), ("path 'x'", "no option path"),
    ] {
      let session = Session()
      let plan = try session.plan("CREATE STREAM pushed (k STRING) USING http OPTIONS (\(options)); SELECT k FROM pushed;")
      let error = #expect(throws: TidemillError.self) { try session.start(plan) { _ in MemorySink() } }
      #expect(error?.message.contains(message) == true, "\(options): \(error.map(String.init(describing:)) ?? "none")")
    }
  }

  @Test func aRunningQueryShowsItsStreams() async throws {
    let session = Session()
    let plan = try session.plan(
      "CREATE STREAM pushed (k STRING, v BIGINT) USING http OPTIONS (format 'csv', max.waiting '1 MB'); SELECT k, v FROM pushed;"
    )
    let sink = MemorySink()
    let query = try session.start(plan) { _ in sink }
    let stream = try #require(query.pushStreams.first)
    #expect(query.pushStreams.count == 1)
    #expect(stream.name == "pushed" && stream.waitingLimit == 1 << 20)
    #expect(stream.schema.fields.map(\.name) == ["k", "v"])
    _ = try await stream.push(bytes("a,1\nb,2\n"))
    await query.stop()
    try await query.awaitTermination()
    await #expect(throws: PushRefusal.ended) { try await stream.push([1]) }
  }
}
