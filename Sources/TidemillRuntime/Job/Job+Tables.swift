import TidemillColumns
import TidemillConnectors
import TidemillEngine
import TidemillPlan
import TidemillStorage

/// Static tables: read when the job starts, and again between two epochs when they have changed. Each content that an epoch uses
/// is kept under a number with the checkpoint, and the epoch's record names the number.
extension Job {
  // MARK: Reading

  /// Reads all tables for the first time in this run.
  ///
  /// - Throws: what keeps one from being read: without its tables no query can begin.
  func openTables() async throws {
    if tables.isEmpty { return joinTables([]) }
    var changed: Set<String> = []
    for index in tables.indices {
      do {
        if try await load(index) { changed.insert(tables[index].input.name) }
      } catch let refusal as TableReading.Refusal {
        throw refusal.reason
      } catch let failure as TableReading.CheckpointFailure {
        throw failure.reason
      }
    }
    joinTables(changed)
    try memoryBudget.check(
      table: tables.map(\.input.name).joined(separator: ", "), joined.memoryUsed, beside: max(0, stateBytes - joined.memoryUsed)
    )
  }

  /// Looks at the tables of which the last look was some time ago, and reads those that have changed.
  func refreshTables(at now: EventTime) async throws {
    var changed: [Int: RunningTable] = [:]
    for index in tables.indices where tables[index].isDue(at: now) {
      let before = tables[index]
      do {
        if try await load(index) { changed[index] = before }
      } catch let refusal as TableReading.Refusal {
        refuse(index, refusal.reason, of: refusal.version)
      } catch let failure as TableReading.CheckpointFailure {
        throw failure.reason
      } catch {
        refuse(index, error, of: nil)
      }
    }
    if changed.isEmpty { return }
    let former = joined
    joinTables(Set(changed.values.map(\.input.name)))
    do {
      try memoryBudget.check(
        table: changed.values.map(\.input.name).sorted().joined(separator: ", "), joined.memoryUsed,
        beside: max(0, stateBytes - former.memoryUsed))
    } catch {
      joined = former
      for (index, before) in changed {
        let version = tables[index].version
        tables[index] = before
        refuse(index, error, of: version)
      }
    }
  }

  /// Goes on with the rows that there are: a table that someone is writing, or whose disk is away, is not a reason to stop.
  private func refuse(_ index: Int, _ reason: any Error, of version: TableVersion?) {
    let problem = "\(Self.translated(reason))"
    let isNew = tables[index].problem != problem
    tables[index].fail(problem, of: version, at: clock.steady())
    let input = tables[index].input
    if isNew { input.report("table \(input.name) is used as it was before: \(problem)") }
  }

  /// Looks at a table, and reads it if it has changed.
  ///
  /// - Returns: whether its rows are others now.
  private func load(_ index: Int) async throws -> Bool {
    let table = tables[index]
    let others = max(stateBytes, joined.memoryUsed) + resultBytesWaiting
    let refused = table.refused.flatMap { clock.steady() < $0.until ? $0.version : nil }
    let reading = TableReading(
      input: table.input, known: table.version, refused: refused, old: table.content?.rows, number: lastTableNumber + 1,
      copies: checkpoint.isDurable ? checkpoint.tables : nil, budget: memoryBudget, held: others)
    let outcome = try await reading.run(on: tableThread)
    switch outcome {
    case .unchanged:
      tables[index].succeed(at: clock.steady())
      return false
    case .stillRefused:
      tables[index].lastLook = clock.steady()
      return false
    case .read(let version, let rows):
      tables[index].succeed(at: clock.steady())
      tables[index].version = version
      tables[index].loads += 1
      guard let rows else { return false }
      lastTableNumber += 1
      tables[index].content = RunningTable.Content(number: lastTableNumber, rows: rows)
      return true
    }
  }

  /// Makes what epochs join from now on.
  private func joinTables(_ changed: Set<String>) {
    let rows = Dictionary(uniqueKeysWithValues: tables.map { ($0.input.name, $0.content?.rows) }).compactMapValues { $0 }
    let old = joined.sides.isEmpty ? nil : joined.sides
    joined.sides = streams.enumerated().map { index, stream in
      stream.queries.enumerated().map { number, query in
        query.pipeline.sides(of: rows, from: old?[index][number], changed: changed)
      }
    }
    joined.numbers = tables.map { $0.content?.number ?? 0 }
    joined.memoryUsed =
      rows.values.reduce(0) { $0 + $1.memoryUsed } + joined.sides.reduce(0) { $0 + $1.reduce(0) { $0 + $1.memoryUsed } }
  }

  // MARK: Recovery

  /// Takes note of the copies that the last run left.
  func beginTables(_ recovery: Recovery) throws {
    if tables.isEmpty { return joinTables([]) }
    let there = try translatingStorageErrors { try checkpoint.tables.numbers() }
    // An older snapshot, if this one is damaged, may need any of them.
    tableUses = [(recovery.snapshotEpoch, Set(there))]
    lastTableNumber = there.last ?? 0
    guard let bytes = recovery.sections["tables"], recovery.snapshotEpoch > 0 else { return }
    var reader = ByteReader(bytes)
    guard let count = try? reader.readVarint(), count == tables.count,
      let numbers = try? (0..<count).map({ _ in try reader.read(UInt64.self) })
    else { return }
    lastTableNumber = max(lastTableNumber, numbers.max() ?? 0)
    // Only to know them again when they have not changed: replay names what it needs.
    for (index, number) in numbers.enumerated() where there.contains(number) {
      tables[index].content = try? copy(number, of: tables[index].input)
    }
  }

  /// Joins what a recorded epoch joined.
  ///
  /// - Throws: `TidemillError` with code `checkpoint` when a copy is not there or damaged.
  func useTables(_ numbers: [UInt64], of epoch: Epoch) async throws {
    guard numbers.count == tables.count else {
      throw TidemillError(.checkpoint, "epoch \(epoch) was recorded with \(numbers.count) tables")
    }
    var changed: Set<String> = []
    for (index, number) in numbers.enumerated() where joined.numbers.isEmpty || joined.numbers[index] != number {
      if tables[index].content?.number != number { tables[index].content = try copy(number, of: tables[index].input) }
      changed.insert(tables[index].input.name)
      lastTableNumber = max(lastTableNumber, number)
    }
    if !changed.isEmpty { joinTables(changed) }
  }

  private func copy(_ number: UInt64, of input: TableInput) throws -> RunningTable.Content {
    let sections = try translatingStorageErrors { try checkpoint.tables.read(number) }
    do {
      return RunningTable.Content(number: number, rows: try TableReading.rows(of: sections, input))
    } catch let problem as CorruptBytes {
      throw TidemillError(
        .checkpoint, "copy \(number) of table \(input.name) in the checkpoint cannot be used: \(problem)",
        hint: "it was written by another version of tidemill; finish the job with that one, or start a new checkpoint")
    }
  }

  /// A snapshot's `tables` section: which copies the next epoch would use.
  func snapshotOfTables() -> [UInt8] {
    if tables.isEmpty { return [] }
    var writer = ByteWriter()
    writer.write(varint: tables.count)
    for number in joined.numbers { writer.write(number) }
    return writer.bytes
  }

  // MARK: Which copies are needed

  /// Takes note of the copies that an epoch uses.
  func noteTables(_ inputs: EpochInputs) {
    if tables.isEmpty { return }
    let numbers = Set(inputs.tables)
    if tableUses.last?.numbers != numbers { tableUses.append((inputs.epoch.number, numbers)) }
  }

  /// Removes the copies that only epochs up to this one have used: they will not be run again.
  func releaseTables(through epoch: UInt64) throws {
    guard !tables.isEmpty, let current = tableUses.lastIndex(where: { $0.epoch <= epoch + 1 }) else { return }
    tableUses.removeFirst(current)
    var needed = tableUses.reduce(into: Set<UInt64>()) { $0.formUnion($1.numbers) }
    needed.formUnion(joined.numbers)
    // Also what was read just now, and no epoch has joined yet.
    needed.formUnion(tables.compactMap { $0.content?.number })
    needed.formUnion(ahead?.joined.numbers ?? [])
    try translatingStorageErrors {
      let unneeded = try checkpoint.tables.numbers().filter { !needed.contains($0) && $0 <= lastTableNumber }
      try checkpoint.tables.remove(unneeded)
    }
  }

  // MARK: Progress

  func progressOfTables(of plan: QueryPlan) -> [QueryProgress.Table] {
    let joins = plan.joins
    if joins.isEmpty { return [] }
    return tables.filter { table in joins.contains { $0.side.table.name == table.input.name } }.map { table in
      QueryProgress.Table(
        name: table.input.name, description: table.input.source.description, version: table.version?.text ?? "",
        numRows: table.content?.rows.count ?? 0, memoryUsed: table.content?.rows.memoryUsed ?? 0, loads: table.loads,
        problem: table.problem)
    }
  }
}
