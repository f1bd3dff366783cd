import DeltaLog
import TidemillColumns
import TidemillConnectors
import TidemillPlan

/// One job's way to write one table: made when the sink is opened, used by one thread at a time.
struct TableSession: Sendable {
  /// What the sink has done since it was opened.
  struct Totals: Hashable, Sendable {
    var commits = 0
    var rows = 0
    var files = 0
    var removedFiles = 0
    var bytes = 0
    /// Bytes of data files that the last commit wrote.
    var lastBytes = 0
    /// The table's version after the last commit.
    var version = -1
  }

  /// What a table session needs of the world.
  struct Surroundings: Sendable {
    var store: any LakeStore
    var format: any RowFileFormat
    var codec: any CheckpointCodec
    /// Milliseconds since 1970.
    var now: @Sendable () -> Int
    /// Tells the user something, in one line.
    var report: @Sendable (String) -> Void
  }

  private(set) var table: DeltaTable
  private var writer: any ResultWriter
  private let files: TableFiles
  private let mode: OutputMode
  private let application: String
  private let surroundings: Surroundings
  /// The last epoch that the table has.
  private var through: UInt64
  private(set) var totals = Totals()

  /// How often an epoch is written anew because others were quicker.
  private static let mostTries = 50
  /// What the identifiers of this program's queries begin with in tables.
  static let applicationPrefix = "tidemill/"

  // MARK: Opening

  /// - Throws: `TidemillError` when the table is another job's, does not fit, or has features that are not known.
  init(_ shape: ResultShape, lastEpoch: Epoch, options: DeltaSinkOptions, _ surroundings: Surroundings) throws {
    let name = "the Delta table \(surroundings.store.description)"
    let layout = try DeltaLayout(shape, partitionBy: options.partitionBy, table: name)
    self.surroundings = surroundings
    mode = shape.mode
    application = Self.applicationPrefix + shape.queryName
    table = try Self.tableThereOrMade(layout, options, surroundings)
    try table.checkWriting()
    try layout.check(against: table.metadata, table: name)
    if shape.mode != .append, TableFeatures.isAppendOnly(table.metadata) {
      throw TidemillError(
        .badInput, "\(name) has the property delta.appendOnly, and \(shape.mode.rawValue) mode takes rows away",
        hint: "write in append mode, or to another table")
    }
    if shape.mode == .complete, options.isShared {
      throw TidemillError(
        .invalidQuery, "complete mode replaces all rows of \(name), and shared 'true' says that other queries write it, too",
        hint: "give the complete result a table of its own")
    }
    if table.metadata.configuration["delta.setTransactionRetentionDuration"] != nil {
      throw TidemillError(
        .unsupported, "\(name) has the property delta.setTransactionRetentionDuration, and forgets which epochs it has",
        hint: "remove the property, or write to another table")
    }
    let begins = try Self.beginsAnew(table.snapshot, shape, application, lastEpoch, options, name)
    if begins, TableFeatures.isAppendOnly(table.metadata), !table.snapshot.files.isEmpty {
      throw TidemillError(
        .badInput, "\(name) has the property delta.appendOnly, and overwrite 'true' takes rows away",
        hint: "write to another table")
    }
    let last = UInt64(max(0, table.snapshot.transactions[application]?.version ?? 0))
    // A complete result of another job is there to be replaced by this one's first.
    through = begins || last > lastEpoch.number ? 0 : last
    let properties = TableProperties(table.metadata)
    files = TableFiles(
      surroundings.store, surroundings.format, layout, cache: RowCache(limit: options.cacheBytes), query: shape.queryName,
      table: name, indexedColumns: properties.indexedColumns, now: surroundings.now)
    let usual = shape.mode == .update ? 8 << 20 : 128 << 20
    let limits = WriterLimits(
      targetFileSize: options.targetFileSize ?? properties.targetFileSize ?? usual, lanes: options.lanes,
      compacts: options.compacts)
    if begins { try Self.empty(&table, application, surroundings.now) }
    switch shape.mode {
    case .append: writer = try AppendWriter(files, limits, query: shape.queryName, table.snapshot)
    case .update: writer = try UpsertWriter(files, limits, resultSchema: shape.schema, table.snapshot)
    case .complete: writer = CompleteWriter(files, limits, table.snapshot)
    }
    totals.version = table.snapshot.version
    let differing = options.properties.filter { table.metadata.configuration[$0.key] != $0.value }.keys.sorted()
    if !differing.isEmpty {
      surroundings.report("\(name) is there, and keeps its own \(differing.joined(separator: ", "))")
    }
  }

  private static func tableThereOrMade(
    _ layout: DeltaLayout, _ options: DeltaSinkOptions, _ surroundings: Surroundings
  ) throws -> DeltaTable {
    func load() throws -> DeltaTable? {
      try DeltaTable.load(surroundings.store, codec: surroundings.codec, now: surroundings.now)
    }
    if let table = try load() { return table }
    var table = DeltaTable(new: surroundings.store, codec: surroundings.codec, now: surroundings.now)
    let metadata = TableMetadata(
      id: UniqueName.make(), schemaString: layout.tableSchema.text, partitionColumns: layout.partitions.map(\.name),
      configuration: options.properties, createdTime: surroundings.now())
    try TableFeatures.checkWriting(.ofNewTables, metadata, of: table.name)
    do {
      try table.commit(
        DeltaTransaction(
          [.protocol(.ofNewTables), .metadata(metadata)], reads: .nothing, operation: "CREATE TABLE",
          parameters: ["partitionBy": JSONValue.array(metadata.partitionColumns.map { .string($0) }).serialized]))
      return table
    } catch DeltaConflict.tableCreated {
      guard let table = try load() else { throw DeltaConflict.tableCreated }
      return table
    }
  }

  /// Whether rows that are there go before the job begins.
  ///
  /// - Throws: `TidemillError` when they are another job's, and nobody said that they may go.
  private static func beginsAnew(
    _ snapshot: TableSnapshot, _ shape: ResultShape, _ application: String, _ lastEpoch: Epoch, _ options: DeltaSinkOptions,
    _ name: String
  ) throws -> Bool {
    guard let why = objection(snapshot, shape, application, lastEpoch, options) else { return false }
    if options.overwrites { return true }
    throw TidemillError(
      .badInput, "\(name) holds rows of another job: \(why)",
      hint: "write to another table, go on with the job's own checkpoint, or remove the old rows with overwrite 'true'")
  }

  private static func objection(
    _ snapshot: TableSnapshot, _ shape: ResultShape, _ application: String, _ lastEpoch: Epoch, _ options: DeltaSinkOptions
  ) -> String? {
    let others = snapshot.transactions.keys.filter { $0.hasPrefix(applicationPrefix) && $0 != application }.sorted()
    if shape.mode == .complete, snapshot.transactions[application] != nil, let other = others.first {
      return "the query \(other.dropFirst(applicationPrefix.count)) writes it, too, and complete mode replaces all rows"
    }
    if let epoch = snapshot.transactions[application].map({ UInt64(max(0, $0.version)) }) {
      // A complete result is replaced by the next one, whoever wrote it.
      if epoch <= lastEpoch.number || shape.mode == .complete { return nil }
      return lastEpoch == .none
        ? "this job is new, and the table ends at epoch \(epoch)"
        : "this job's checkpoint ends at epoch \(lastEpoch), and the table at epoch \(epoch)"
    }
    if snapshot.files.isEmpty { return nil }
    if let other = others.first, !options.isShared {
      return "the query \(other.dropFirst(applicationPrefix.count)) writes it, and this one is \(shape.queryName)"
    }
    return shape.mode == .complete ? "no job of tidemill has recorded what it wrote there" : nil
  }

  private static func empty(_ table: inout DeltaTable, _ application: String, _ now: () -> Int) throws {
    while true {
      let time = now()
      let mark = table.snapshot.transactions[application]
      let actions: [DeltaAction] = table.snapshot.files.values.sorted { $0.path < $1.path }.map {
        .remove($0.removed(at: time, dataChange: true))
      }
      let begin = DeltaAction.transaction(
        ApplicationTransaction(application: application, version: 0, lastUpdated: time))
      do {
        try table.commit(DeltaTransaction(actions + [begin], reads: .wholeTable, operation: "DELETE"))
        return
      } catch let conflict as DeltaConflict where conflict.canBeDoneAnew {
        try refresh(&table, application, since: mark)
      }
    }
  }

  /// Takes in what others have committed, so that something can be done anew.
  ///
  /// - Parameter mark: what the table had of this application.
  /// - Throws: `DeltaConflict` when another job has written under the same name meanwhile: the epoch may be there already.
  private static func refresh(
    _ table: inout DeltaTable, _ application: String, since mark: ApplicationTransaction?
  ) throws {
    try table.refresh()
    if table.snapshot.transactions[application] != mark {
      throw DeltaConflict.sameApplication(version: table.snapshot.version, application: application)
    }
  }

  // MARK: Writing

  /// Brings an epoch's changes into the table, in one commit, unless they are there.
  mutating func write(_ batch: Batch, epoch: UInt64) throws {
    if epoch <= through || (batch.count == 0 && mode != .complete) { return }
    for _ in 0..<Self.mostTries {
      let draft = try writer.draft(batch, epoch: epoch)
      if draft.isEmpty { return }
      let before = table.snapshot.version
      let mark = table.snapshot.transactions[application]
      do {
        try table.commit(transaction(draft, epoch))
      } catch let conflict as DeltaConflict {
        // No commit names these files, nor will one.
        for file in draft.added { files.drop(file.file, deleting: true) }
        guard conflict.canBeDoneAnew else { throw conflict }
        try Self.refresh(&table, application, since: mark)
        try table.checkWriting()
        try writer.reload(table.snapshot)
        continue
      }
      writer.committed(draft)
      // Others were there between: which files there are is no longer what the writer thinks.
      if table.snapshot.version != before + 1 { try writer.reload(table.snapshot) }
      through = epoch
      note(draft)
      maintain()
      return
    }
    throw TidemillError(
      .io, "other programs have changed \(table.name) so often that an epoch found no place in \(Self.mostTries) tries",
      hint: "let them write more rarely, or start the job again", isRetryable: true)
  }

  private func transaction(_ draft: ResultDraft, _ epoch: UInt64) -> DeltaTransaction {
    let time = surroundings.now()
    let mark = ApplicationTransaction(application: application, version: Int(clamping: epoch), lastUpdated: time)
    let operation =
      switch mode {
      case .append: "STREAMING UPDATE"
      case .update: "MERGE"
      case .complete: "WRITE"
      }
    return DeltaTransaction(
      draft.actions(at: time) + [.transaction(mark)], reads: draft.reads, operation: operation,
      parameters: ["outputMode": mode.rawValue, "queryId": application, "epochId": String(epoch)],
      metrics: [
        "numAddedFiles": String(draft.added.count), "numRemovedFiles": String(draft.removed.count),
        "numOutputRows": String(draft.rows), "numOutputBytes": String(draft.bytes),
      ])
  }

  private mutating func note(_ draft: ResultDraft) {
    totals.commits += 1
    totals.rows += draft.rows
    totals.files += draft.added.count
    totals.removedFiles += draft.removed.count
    totals.bytes += draft.bytes
    totals.lastBytes = draft.bytes
    totals.version = table.snapshot.version
  }

  /// The commit stands, whatever becomes of this.
  private mutating func maintain() {
    do { try table.maintain() } catch {
      surroundings.report("no checkpoint of the log of \(table.name): \(error)")
    }
  }
}
