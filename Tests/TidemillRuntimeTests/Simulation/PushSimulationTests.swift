import Testing
import Tidemill
import TidemillFiles
import TidemillFormats
import TidemillStorage
import TidemillTesting

/// Pushes into a job that dies, or whose disk fails, anywhere.
@Suite struct PushSimulationTests {
  /// A job over a pushed stream, of which every start is a process of its own.
  private final class World {
    let disk = SimulatedFileSystem(losesSectors: true)
    let plan: ScriptPlan
    /// By the value that was pushed: whether `push` has returned for it, and whether it has a key.
    var acknowledged: [Int: Bool] = [:]
    var keyed: Set<Int> = []

    init() throws {
      plan = try Session().plan(
        """
        CREATE STREAM pushed (v BIGINT) USING http;
        CREATE SINK out USING json OPTIONS (path 'out');
        INSERT INTO out WITH (mode 'append') SELECT v FROM pushed;
        """)
    }

    func start() throws -> (PushStream, JobDriver, RecordingCheckpoint) {
      let queries = plan.queries.map { query in
        QueryDefinition(
          name: query.name, plan: query.plan,
          outputs: [QueryOutput(name: query.outputs[0].name, mode: .append, sink: fileSink("out", on: disk))])
      }
      var options = JobOptions()
      options.snapshotByteInterval = 60
      let checkpoint = RecordingCheckpoint(
        try Checkpoint.open("job", identity: Job.identity(of: queries), fileSystem: disk), SimulationHistory())
      let schema = plan.streams[0].schema
      let stream = try PushStream(
        name: "pushed", schema: schema, format: JSONFormat(request: ReadRequest(schema: schema)),
        spoolDirectory: "job/spool-pushed",
        files: disk, segmentSize: 200)
      let input = StreamInput(name: "pushed", source: stream, schema: schema, queries: queries)
      return (stream, try JobDriver([input], checkpoint: checkpoint, options: options), checkpoint)
    }

    /// Pushes three lines a time under keys but for every fourth push, with an epoch now and then.
    func live(seed: UInt64) async throws {
      let (stream, job, checkpoint) = try start()
      do { try await live(seed: seed, stream, job) } catch {
        // What a process still has running dies with it, and does not touch the disk of the next one.
        await stream.close()
        await checkpoint.waitForSnapshots()
        throw error
      }
    }

    private func live(seed: UInt64, _ stream: PushStream, _ job: JobDriver) async throws {
      // What a client does that was not answered: it pushes again, if it has a key.
      for number in 0..<12 where acknowledged[number] != true {
        if acknowledged[number] == false, number % 4 == 3 { continue }
        acknowledged[number] = false
        let lines = (0..<3).map { "{\"v\":\(number * 3 + $0)}" }.joined(separator: "\n")
        let receipt = try await stream.push(Array(lines.utf8), key: number % 4 == 3 ? nil : "push \(number)")
        #expect(receipt.isDurable)
        acknowledged[number] = true
        if (number + Int(seed)) % 3 == 0 { try await job.settle() }
      }
      try await job.settle()
      for number in 0..<12 where number % 4 != 3 {
        let receipt = try await stream.push(Array("{\"v\":\(number * 3)}".utf8), key: "push \(number)")
        #expect(receipt == PushReceipt(lines: 0, bytes: 0, isDuplicate: true, isDurable: true))
      }
      try await job.stop()
      await #expect(throws: PushRefusal.ended) { try await stream.push(Array("{}".utf8)) }
    }

    func check(_ comment: Comment) throws {
      var counts: [String: Int] = [:]
      for line in try visible("out", on: disk) { counts[line, default: 0] += 1 }
      for number in 0..<12 {
        let seen = Set((0..<3).map { counts["{\"v\":\(number * 3 + $0)}", default: 0] })
        #expect(seen.count == 1, "a push counts whole: \(comment)")
        if acknowledged[number] == true { #expect(seen == [1], "\(number): \(comment)") } else { #expect(seen.max()! <= 1) }
      }
      #expect(counts.count <= 36)
    }
  }

  @Test func everyAcknowledgedPushCountsOnceWhereverAProcessDies() async throws {
    let whole = try World()
    try await whole.live(seed: 0)
    try whole.check("without a crash")
    let points = whole.disk.failPointCount
    #expect(points > 100)
    var died: Set<FailPoint> = []
    for point in 1...points {
      let world = try World()
      world.disk.crash(atFailPoint: point)
      var seed = UInt64(point)
      var lives: [String] = []
      for life in 0..<4 {
        do {
          try await world.live(seed: seed)
          lives.append("whole")
          break
        } catch {
          lives.append("\(error)")
          if point % 3 == 0 { world.disk.restart() } else { world.disk.crash(seed: seed) }
          seed += 1
          // The first lives of some die again, soon.
          if life < 2, point % 5 == 0 { world.disk.crash(atFailPoint: 5 + Int(seed % 40)) }
        }
      }
      died.formUnion(world.disk.deadlyFailPoints)
      world.disk.crash(atFailPoint: nil)
      try world.check("died at \(point): \(lives.joined(separator: "; "))")
    }
    for kind in ["pushed-#.lines", "pushed.keys.tmp"] {
      for operation in [FileOperation.create, .write, .sync] {
        // Which of the two depends on how threads take turns.
        let moments = [FailPoint.Moment.before, .after].filter { died.contains(FailPoint(operation, kind, $0)) }
        #expect(!moments.isEmpty, "\(operation) \(kind)")
      }
    }
  }

  @Test func aDiskThatIsFullRefusesPushesAndTakesThemWhenThereIsRoom() async throws {
    for room in stride(from: 0, through: 400, by: 9) {
      let world = try World()
      let (stream, job, _) = try world.start()
      _ = try await stream.push(Array("{\"v\":1}\n".utf8))
      world.disk.setRoom(room)
      var counted = ["{\"v\":1}"]
      for value in 2..<8 {
        do {
          _ = try await stream.push(Array("{\"v\":\(value)}\n".utf8), key: "\(value)")
          counted.append("{\"v\":\(value)}")
        } catch let error as TidemillError {
          #expect(error.code == .io && error.isRetryable && error.message.contains("pushed"))
        }
      }
      world.disk.setRoom(nil)
      for value in 2..<8 {
        let receipt = try await stream.push(Array("{\"v\":\(value)}\n".utf8), key: "\(value)")
        #expect(receipt.isDuplicate == counted.contains("{\"v\":\(value)}"))
      }
      // Half of them by a process that finds what the first has left.
      if room % 2 == 0 {
        world.disk.crash(seed: UInt64(room))
        let (_, job, _) = try world.start()
        try await job.settle()
      } else {
        try await job.settle()
      }
      #expect(try visible("out", on: world.disk).sorted() == (1..<8).map { "{\"v\":\($0)}" })
    }
  }

  @Test func whatWasDurableAndHasChangedIsDamageAndATornEndIsNot() async throws {
    let world = try World()
    do {
      let (stream, _, _) = try world.start()
      for value in 0..<3 { _ = try await stream.push(Array("{\"v\":\(value)}\n".utf8)) }
    }
    let path = "job/spool-pushed/pushed-00000000000000000000.lines"
    let length = try world.disk.read(path).count
    for offset in stride(from: 0, to: length, by: 5) {
      world.disk.restart()
      try world.disk.flip(4, at: offset, of: path)
      defer { try? world.disk.flip(4, at: offset, of: path) }
      if offset < length - 60 {
        let error = #expect(throws: TidemillError.self) { try world.start() }
        #expect(error?.code == .checkpoint, "byte \(offset)")
      }
    }
    world.disk.restart()
    try world.disk.truncate(path, to: length - 1)
    let (stream, job, _) = try world.start()
    #expect(stream.waitingBytes == 0, "nobody has asked yet")
    try await job.settle()
    #expect(try visible("out", on: world.disk).sorted() == ["{\"v\":0}", "{\"v\":1}"])
  }
}
