import Foundation
import Synchronization
import Testing
import Tidemill
import TidemillConnectors
import TidemillStorage
import TidemillTesting

/// A table whose looks and readings are counted, and which fails when it is told to.
private final class CountedTable: TableSource {
  let base: MemoryTable
  let counts = Mutex((looks: 0, readings: 0))
  let problem = Mutex<TidemillError?>(nil)

  init(_ base: MemoryTable) { self.base = base }

  var description: String { base.description }
  func columns() -> LearntColumns { base.columns() }
  func version() throws -> TableVersion {
    counts.withLock { $0.looks += 1 }
    return base.version()
  }
  func read(_ version: TableVersion, columns: Schema, _ take: (Batch) throws -> Void) throws {
    counts.withLock { $0.readings += 1 }
    if let problem = problem.withLock({ $0 }) { throw problem }
    try base.read(version, columns: columns, take)
  }
}

/// Static tables of jobs: when they are read, what a replay joins, what is kept.
@Suite struct TableJobTests {
  private static let schema = Schema(Field("id", .string), Field("name", .string))
  private static let declaration = "CREATE TABLE names (id STRING, name STRING) USING memory;\n"
  private static let query = "SELECT name, sum(v) AS total FROM events JOIN names ON k = id GROUP BY name"

  private let table: CountedTable

  init() {
    table = CountedTable(
      MemoryTable("names", schema: Self.schema, rows: [[.string("a"), .string("Anna")], [.string("b"), .string("Bert")]]))
  }

  private func names(_ pairs: (String, String)...) -> [[Value]] { pairs.map { [.string($0.0), .string($0.1)] } }

  private func stream(after earlier: EventStream? = nil, _ sql: String = Self.query) throws -> EventStream {
    let events = try EventStream(after: earlier, settings: Self.declaration, (.update, sql))
    events.tables = [TableInput(name: "names", source: table, schema: Self.schema)]
    return events
  }

  @Test func tableIsReadOnceAndLookedAtNowAndThen() async throws {
    let events = try stream()
    let driver = try events.start()
    events.arrive((k: "a", v: 1, at: 1), (k: "c", v: 10, at: 2))
    try await driver.settle()
    events.arrive((k: "b", v: 2, at: 3))
    try await driver.settle()
    #expect(table.counts.withLock { $0.looks } == 1, "a look is good for a second")
    events.arrive((k: "a", v: 4, at: 4))
    try await driver.advance(by: .seconds(1))
    #expect(table.counts.withLock { $0 } == (looks: 2, readings: 1))
    #expect(events.rows() == ["Anna 1", "Bert 2", "Anna 5"])
    #expect(await driver.job.totals[0].ledger.filtered == 1)
  }

  @Test func changeOfATableIsUsedFromTheNextEpochOn() async throws {
    let events = try stream()
    let driver = try events.start()
    events.arrive((k: "a", v: 1, at: 1))
    try await driver.settle()
    table.base.replace(names(("a", "Ada")))
    events.arrive((k: "a", v: 2, at: 2))
    try await driver.settle()
    events.arrive((k: "a", v: 4, at: 3))
    try await driver.advance(by: .seconds(2))
    #expect(events.rows() == ["Anna 1", "Anna 3", "Ada 4"])
    let progress = try #require(events.progress.all.last)
    #expect(progress.tables.map(\.version) == ["version 2"])
    #expect(progress.tables.map(\.numRows) == [1])
    #expect(progress.tables.map(\.loads) == [2])
    #expect(progress.json.contains(#""tables":[{"name":"names","description":"memory table names","version":"version 2""#))
  }

  /// The process dies, and the table is another one when it is back: what ran before joins what it joined then.
  @Test func replayJoinsWhatWasJoinedThen() async throws {
    var events = try stream()
    var driver = try events.start(onDisk: true)
    events.arrive((k: "a", v: 1, at: 1))
    try await driver.settle()
    table.base.replace(names(("a", "Ada"), ("b", "Bea")))
    events.arrive((k: "a", v: 2, at: 2), (k: "b", v: 8, at: 2))
    try await driver.advance(by: .seconds(2))
    let before = events.rows()
    #expect(before == ["Anna 1", "Ada 2", "Bea 8"])
    table.base.replace(names(("a", "Anna"), ("b", "Bert")))
    events.disk.restart()

    events = try stream(after: events)
    driver = try events.start(onDisk: true)
    events.arrive((k: "a", v: 4, at: 3), (k: "b", v: 16, at: 3))
    try await driver.settle()
    #expect(events.rows().suffix(2).sorted() == ["Anna 5", "Bert 16"])
    table.base.replace(names(("a", "Ada"), ("b", "Bea")))
    events.arrive((k: "a", v: 1, at: 4), (k: "b", v: 1, at: 4))
    try await driver.advance(by: .seconds(2))
    #expect(events.rows().suffix(2).sorted() == ["Ada 3", "Bea 9"])
  }

  @Test func stateThatWasRestoredGoesOnWithTheTableAsItIsNow() async throws {
    var events = try stream()
    var driver = try events.start(onDisk: true)
    events.arrive((k: "a", v: 1, at: 1))
    try await driver.settle()
    try await driver.stop()
    events = try stream(after: events)
    driver = try events.start(onDisk: true)
    events.arrive((k: "a", v: 2, at: 2))
    try await driver.settle()
    #expect(events.rows() == ["Anna 3"])
    // The rows are what they were, so that their copy is, too.
    #expect(try events.disk.names(in: "job").filter { $0.hasPrefix("table-") }.count == 1)
  }

  @Test func copiesThatNoRecoveryNeedsAreRemoved() async throws {
    var events = try stream()
    for round in 1...8 {
      events = try stream(after: events)
      let driver = try events.start(onDisk: true)
      for change in 0...1 {
        table.base.replace(names(("a", "name \(round).\(change)")))
        events.arrive((k: "a", v: 1, at: round))
        try await driver.advance(by: .seconds(2))
      }
      try await driver.stop()
    }
    let kept = try events.disk.names(in: "job").filter { $0.hasPrefix("table-") }
    #expect((1...3).contains(kept.count), "\(kept)")
  }

  @Test func damagedCopyIsAnError() async throws {
    var events = try stream()
    let driver = try events.start(onDisk: true)
    events.arrive((k: "a", v: 1, at: 1))
    try await driver.settle()
    events.disk.restart()
    let copy = "job/" + (try #require(try events.disk.names(in: "job").first { $0.hasPrefix("table-") }))
    var bytes = try events.disk.read(copy)
    bytes[bytes.count / 2] ^= 1
    let file = try events.disk.create(copy)
    try file.write(bytes)
    try file.close()
    events = try stream(after: events)
    let again = try events.start(onDisk: true)
    let error = await #expect(throws: TidemillError.self) { try await again.job.open() }
    #expect(error?.code == .checkpoint && error?.message.contains("table-") == true, "\(String(describing: error))")
  }

  @Test func tableThatIsTooLargeIsRefused() async throws {
    let events = try stream()
    events.options.memoryBudget = 20_000
    table.base.replace((0..<2_000).map { [.string("a key of some length \($0)"), .string("a name of some length \($0)")] })
    let driver = try events.start()
    let error = await #expect(throws: TidemillError.self) { try await driver.job.open() }
    #expect(error?.code == .outOfMemory)
    #expect(error?.message.contains("table names takes") == true, "\(String(describing: error))")
  }

  @Test func tableThatCannotBeReadAgainIsUsedAsItWas() async throws {
    let events = try stream()
    let told = Mutex<[String]>([])
    events.tables[0].report = { text in told.withLock { $0.append(text) } }
    let driver = try events.start()
    events.arrive((k: "a", v: 1, at: 1))
    try await driver.settle()
    table.base.replace(names(("a", "Ada")))
    table.problem.withLock { $0 = TidemillError(.badInput, "names.csv, line 3: a quote is open") }
    for round in 1...3 {
      events.arrive((k: "a", v: 2, at: 1 + round))
      try await driver.advance(by: .seconds(2))
    }
    #expect(events.rows().last == "Anna 7")
    #expect(told.withLock { $0.count } == 1)
    #expect(events.progress.all.last?.tables.first?.problem?.contains("line 3") == true)
    table.problem.withLock { $0 = nil }
    events.arrive((k: "a", v: 1, at: 9))
    try await driver.advance(by: .seconds(2))
    #expect(events.rows().last == "Ada 1")
    #expect(events.progress.all.last?.tables.first?.problem == nil)
  }

  /// Reading a large table in vain at each look would hold up every epoch.
  @Test func versionThatCannotBeUsedIsTriedLessAndLessOften() async throws {
    let events = try stream()
    let driver = try events.start()
    events.arrive((k: "a", v: 1, at: 1))
    try await driver.settle()
    table.base.replace(names(("a", "Ada")))
    table.problem.withLock { $0 = TidemillError(.badInput, "names.csv, line 3: a quote is open") }
    for round in 1...30 {
      events.arrive((k: "a", v: 1, at: 1 + round))
      try await driver.advance(by: .seconds(1))
    }
    let counts = table.counts.withLock { $0 }
    #expect(counts.looks > 25)
    // At once, and after 2, 4 and 8 seconds more.
    #expect(counts.readings - 1 == 4, "\(counts)")
    // Another version is another matter.
    table.problem.withLock { $0 = nil }
    table.base.replace(names(("a", "Amy")))
    events.arrive((k: "a", v: 1, at: 40))
    try await driver.advance(by: .seconds(1))
    #expect(events.rows().last == "Amy 1")
  }

  @Test func changeThatIsTooLargeIsNotUsed() async throws {
    let events = try stream()
    events.options.memoryBudget = 200_000
    let told = Mutex<[String]>([])
    events.tables[0].report = { text in told.withLock { $0.append(text) } }
    let driver = try events.start()
    events.arrive((k: "a", v: 1, at: 1))
    try await driver.settle()
    // The rows alone have room beside the state; the hash table over them has not.
    table.base.replace((0..<3_400).map { [.string("k\($0)"), .string("n")] })
    events.arrive((k: "a", v: 2, at: 2))
    try await driver.advance(by: .seconds(2))
    #expect(events.rows().last == "Anna 3")
    #expect(told.withLock { $0.first }?.contains("is used as it was before: table names takes") == true)
    table.base.replace(names(("a", "Ada")))
    events.arrive((k: "a", v: 4, at: 3))
    try await driver.advance(by: .seconds(2))
    #expect(events.rows().last == "Ada 4")
  }

  @Test func tableThatCannotBeReadAtAllStopsTheStart() async throws {
    let events = try stream()
    table.problem.withLock { $0 = TidemillError(.badInput, "names.csv, line 3: a quote is open") }
    let driver = try events.start()
    let error = await #expect(throws: TidemillError.self) { try await driver.job.open() }
    #expect(error?.message == "names.csv, line 3: a quote is open")
  }

  @Test func queriesMayJoinDifferentColumnsOfOneTable() async throws {
    let events = try EventStream(
      settings: Self.declaration, (.update, "SELECT name, count(*) AS n FROM events JOIN names ON k = id GROUP BY name"),
      (.append, "SELECT v FROM events JOIN names ON k = id"))
    events.tables = [TableInput(name: "names", source: table, schema: Self.schema)]
    let driver = try events.start()
    events.arrive((k: "a", v: 1, at: 1), (k: "x", v: 2, at: 1))
    try await driver.settle()
    #expect(events.rows("q0") == ["Anna 1"])
    #expect(events.rows("q1") == ["1"])
    #expect(table.counts.withLock { $0.readings } == 1)
  }
}
