#if Lake
  import DeltaLog
  import LakeFiles
  import ParquetConnector
  import TidemillColumns
  import TidemillConnectors

  /// Where a stream of a table stands: what it has handed out, and the files of the version that comes next.
  struct VersionReader: Sendable {
    /// Where a stream begins.
    enum Start: Hashable, Sendable {
      /// With all that is in the table, then with what comes to it.
      case snapshot
      /// With what comes after the latest version.
      case latest
      /// With what this version added.
      case version(Int)
    }

    private struct Entry: Sendable {
      var file: TableFile
      var stats: String?
    }

    let files: FileCache
    let rules: StreamRules
    let start: Start
    /// A file with fewer bytes is one task: to look into each before it is read would take longer than reading it.
    private let wholeFileBytes: Int
    /// The position that all this stands for: the one last handed out. What is known may already be more.
    private(set) var position = SourcePosition.beginning
    /// Reads commits; knows nothing of the table's files.
    private let table: DeltaTable
    /// The table with its files, as long as they may be needed.
    private var whole: DeltaTable?
    private var columns: TableColumns
    private var metadata: TableMetadata
    /// What readers of the table must know.
    private var needs: TableProtocol
    /// The latest version that is known to have been there.
    private var latest: Int
    /// What is to be taken next; `nil` before anything was.
    private var next: DeltaPosition?
    /// The files of its version, once they were looked up.
    private var queue: [Entry]?
    /// The last version that was read, with a hash of what it did: a table that was made anew has another one.
    private var before: (version: Int, hash: Int)?
    /// How many versions without new files were passed over since the position.
    private var passed = 0

    /// - Parameter table: as it is now.
    /// - Throws: `TidemillError` when it cannot be read, or has not the columns that are asked for.
    init(_ table: DeltaTable, files: FileCache, options: DeltaSourceOptions) throws {
      try table.checkReading()
      self.files = files
      rules = options.rules
      start = options.start
      wholeFileBytes = options.wholeFileBytes
      self.table = table.withoutFiles
      whole = table
      metadata = table.metadata
      needs = table.snapshot.protocol ?? .ofNewTables
      latest = table.snapshot.version
      columns = try TableColumns(files.request.schema, metadata, of: table.name, version: latest)
    }

    /// What a file counts for that nobody reads, so that a slice does not become longer than memory.
    private static let skippedBytes = 1 << 10
    /// After so many versions without new files the position is written down, so that the log need not keep them.
    private static let mostPassed = 100

    // MARK: Where it is

    /// Starts at a position that is not the current one: after a restart, or when a slice is asked for again.
    mutating func move(to position: SourcePosition) throws {
      (self.position, queue, before, passed) = (position, nil, nil, 0)
      next = nil
      if position == .beginning { return }
      let place = try DeltaPosition(decoding: position)
      next = place
      if place.phase == .commits { whole = nil }
      guard place.table == DeltaPosition(table: metadata.id, .commits, version: 0).table else {
        throw TidemillError(
          .badInput, "\(table.name) is another table than the one that was read before",
          hint: "put the old one back, or start with a new checkpoint")
      }
    }

    /// The position behind what was taken, which is handed out now.
    mutating func advance() -> SourcePosition {
      position = next?.encoded ?? .beginning
      passed = 0
      return position
    }

    /// Whether the position should be written down although nothing was taken: it says more than the one before.
    var isWorthNoting: Bool { position == .beginning && start == .latest && next != nil || passed >= Self.mostPassed }

    /// Whether a file is known that was not taken yet.
    var hasFiles: Bool { queue.map { next!.file < $0.count } ?? false }

    // MARK: What is there

    /// Looks for the next version that has new files.
    ///
    /// - Parameter isThorough: whether it is made sure that a version which is not there has not been there.
    /// - Returns: whether there is a file to take.
    mutating func look(isThorough: Bool) throws -> Bool {
      if next == nil { try begin() }
      while !hasFiles {
        if let finished = queue {
          if finished.isEmpty { passed += 1 }
          leaveVersion()
        }
        switch next!.phase {
        case .snapshot: queue = try snapshotFiles()
        case .commits:
          guard let found = try commitFiles(isThorough: isThorough) else { return false }
          queue = found
        }
      }
      return true
    }

    private mutating func leaveVersion() {
      next = next!.first(of: next!.version + 1)
      queue = nil
    }

    private mutating func begin() throws {
      var table: DeltaTable
      if let whole { table = whole } else { table = try self.table.atVersion(nil) }
      try table.refresh()
      try learn(table.metadata, table.snapshot.protocol, version: table.snapshot.version)
      latest = table.snapshot.version
      whole = start == .snapshot ? table : nil
      switch start {
      case .snapshot: next = DeltaPosition(table: metadata.id, .snapshot, version: latest)
      case .latest: next = DeltaPosition(table: metadata.id, .commits, version: latest + 1)
      case .version(let version):
        if version > latest {
          throw TidemillError(
            .badInput, "startingVersion is \(version), and the latest version of \(table.name) is \(latest)",
            hint: "startingVersion 'latest' begins with the next one")
        }
        next = DeltaPosition(table: metadata.id, .commits, version: version)
      }
    }

    /// Takes note of what the table is from a version on.
    ///
    /// - Throws: `TidemillError` when it is another table, or cannot be read any more as it is asked for.
    private mutating func learn(_ metadata: TableMetadata, _ needs: TableProtocol?, version: Int) throws {
      guard metadata.id == self.metadata.id else {
        throw TidemillError(
          .badInput, "version \(version) of \(table.name) makes it another table",
          hint: "start with a new checkpoint to read what it is now")
      }
      let needs = needs ?? self.needs
      try TableFeatures.checkReading(needs, metadata, of: table.name)
      columns = try TableColumns(files.request.schema, metadata, of: table.name, version: version)
      (self.metadata, self.needs) = (metadata, needs)
    }

    /// The files that the table had at the version with which the stream begins, the oldest first.
    private mutating func snapshotFiles() throws -> [Entry] {
      let version = next!.version
      if whole?.snapshot.version != version {
        do { whole = try table.atVersion(version) } catch let error as TidemillError where error.code == .badInput {
          throw gone(version, "of which a part was read")
        }
      }
      let table = whole!
      try learn(table.metadata, table.snapshot.protocol, version: version)
      func order(_ file: AddedFile) -> (Int, String) { (file.modificationTime, file.path) }
      let entries = try table.snapshot.files.values.sorted { order($0) < order($1) }.map {
        Entry(file: try TableFile($0, of: table), stats: $0.stats)
      }
      // Those of the version are in the queue.
      whole = nil
      return entries
    }

    /// The files that the next version has added; `nil` when there is no such version yet.
    private mutating func commitFiles(isThorough: Bool) throws -> [Entry]? {
      let version = next!.version
      guard let actions = try table.actions(of: version) else {
        if try version <= latest || isThorough && table.hasPassed(version) { throw gone(version, "which comes next") }
        return nil
      }
      if let before, before.version == version - 1, let there = try table.actions(of: before.version),
        there.hashValue != before.hash
      {
        throw TidemillError(
          .badInput, "\(table.name) was made anew while it was read: its version \(before.version) is another one",
          hint: "start with a new checkpoint to read what it is now")
      }
      var changed: (metadata: TableMetadata?, needs: TableProtocol?)
      for action in actions {
        switch action {
        case .metadata(let value): changed.metadata = value
        case .protocol(let value): changed.needs = value
        default: break
        }
      }
      if changed.metadata != nil || changed.needs != nil {
        try learn(changed.metadata ?? metadata, changed.needs, version: version)
      }
      let added = try rules.added(by: actions, version: version, of: table.name)
      before = (version, actions.hashValue)
      latest = max(latest, version)
      return try added.map { Entry(file: try TableFile($0, of: table), stats: $0.stats) }
    }

    private func gone(_ version: Int, _ which: String) -> TidemillError {
      TidemillError(
        .badInput, "the log of \(table.name) has version \(version) no more, \(which)",
        hint: "start with a new checkpoint, which begins with what is in the table now; the property "
          + "delta.logRetentionDuration says how long versions stay")
    }

    // MARK: Taking

    /// The next file, or row groups of it, of about `limit` bytes. There is one.
    mutating func take(limit: Int) throws -> (part: DeltaPart, bytes: Int) {
      let place = next!
      let entry = queue![place.file]
      let constants = try entry.file.constants(files.request, table: table.name)
      if place.group == 0 {
        let skipped =
          files.request.conditions.isEmpty
          ? nil : FileFacts(entry.stats, constants: constants, columns)?.skipped(files.request)
        if skipped != nil || entry.file.size <= wholeFileBytes {
          finishFile()
          return (
            DeltaPart(file: entry.file, extent: .whole(skipped)),
            skipped == nil ? max(entry.file.size, 1) : Self.skippedBytes
          )
        }
      }
      guard let file = try files.open(entry.file.path, constants: constants) else { throw files.gone(entry.file.path) }
      let total = file.groupCount
      var end = place.group
      var bytes = 0
      while end < total, end == place.group || bytes < limit {
        bytes += try file.bytes(ofGroup: end)
        end += 1
      }
      if end >= total { finishFile() } else { next!.group = end }
      var named = entry.file
      named.size = file.size
      return (DeltaPart(file: named, extent: .groups(place.group..<end, fingerprint: file.fingerprint)), max(bytes, 1))
    }

    private mutating func finishFile() {
      next!.file += 1
      next!.group = 0
      // Of a version that was read nothing is needed any more.
      if next!.file == queue!.count { leaveVersion() }
    }
  }
#endif
