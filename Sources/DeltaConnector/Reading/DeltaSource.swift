#if Lake
  import DeltaLog
  import ParquetConnector
  import Synchronization
  import TableSinks
  import TidemillColumns
  import TidemillConnectors

  /// The rows of a Delta table: first those that are in it, then those that each version adds, in the order of versions; one
  /// partition.
  ///
  /// Only the columns that are asked for are read; files and row groups in which no query looks at a row are left out, by what the
  /// log, the partition, and the files themselves say. Slices name their files, so that they can be read again when the log does
  /// not speak of them any more.
  public final class DeltaSource: Source {
    public let description: String
    private let files: FileCache
    private let table: String
    private let reader: Mutex<VersionReader>
    private let waiting: Interruptible
    private let isRemote: Bool
    private let queue = BlockingQueue("tidemill.delta.read")

    /// - Parameters:
    ///   - store: where the table is.
    ///   - log: the same, for its log.
    ///   - waiting: interrupts waits for the log's store.
    /// - Throws: `TidemillError` when there is no table, or none that can be read as it is asked for.
    package init(
      _ store: any LakeStore, log: any LakeStore, codec: any CheckpointCodec, request: ReadRequest,
      options: DeltaSourceOptions, now: @escaping @Sendable () -> Int, waiting: Interruptible = Interruptible()
    ) throws {
      let place = TablePlace(store: store)
      description = "Delta table \(store.description)"
      isRemote = place.isRemote
      self.waiting = waiting
      let files = FileCache(place, request)
      self.files = files
      let table = try DeltaTable.loadToRead(log, codec: codec, now: now)
      self.table = table.name
      reader = Mutex(try VersionReader(table, files: files, options: options))
    }

    public func nextSlice(after position: SourcePosition, byteLimit: Int, isFinal: Bool) async throws -> SourceSlice? {
      try await queue.run { [self] in
        try reader.withLock { reader in
          do {
            if reader.position != position { try reader.move(to: position) }
            return try translating { try Self.takeSlice(&reader, byteLimit: max(byteLimit, 1)) }
          } catch {
            // What was taken so far was not handed out: the next call starts from the position that it is given.
            try? reader.move(to: .beginning)
            files.clear()
            throw damaged(error, "position")
          }
        }
      }
    }

    private static func takeSlice(_ reader: inout VersionReader, byteLimit: Int) throws -> SourceSlice? {
      var parts: [DeltaPart] = []
      var taken = 0
      do {
        while taken < byteLimit, try reader.look(isThorough: parts.isEmpty) {
          let (part, bytes) = try reader.take(limit: byteLimit - taken)
          parts.append(part)
          taken += bytes
        }
      } catch {
        // What comes before a version that cannot be read is read all the same; it is that version's turn next.
        if parts.isEmpty { throw error }
        return SourceSlice(record: DeltaPart.encode(parts), end: reader.advance(), byteCount: taken, reachesEnd: false)
      }
      if parts.isEmpty, !reader.isWorthNoting { return nil }
      let isMore = taken >= byteLimit && (try? reader.look(isThorough: false)) ?? true
      return SourceSlice(record: DeltaPart.encode(parts), end: reader.advance(), byteCount: taken, reachesEnd: !isMore)
    }

    public func tasks(for slice: SourceSlice) throws -> [any ReadTask] {
      let parts: [DeltaPart]
      do { parts = try DeltaPart.decode(slice.record) } catch { throw damaged(error, "slice record") }
      return try parts.flatMap { part -> [any ReadTask] in
        let constants = try part.file.constants(files.request, table: table)
        switch part.extent {
        case .whole(let skipped):
          return [DeltaFileTask(file: part.file, constants: constants, skipped: skipped, files: files)]
        case .groups(let groups, let fingerprint):
          let part = ParquetPart(
            path: part.file.path, groups: groups, size: part.file.size, fingerprint: fingerprint, constants: constants)
          return groups.map { ParquetTask(part: part, group: $0, files: files) }
        }
      }
    }

    private func damaged(_ error: any Error, _ what: String) -> any Error {
      guard let corrupt = error as? CorruptBytes else { return error }
      return TidemillError(
        .checkpoint, "the \(what) of \(description) is damaged: \(corrupt)",
        hint: "restore the checkpoint from a copy, or start with a new one")
    }

    /// Asks for the next version's file again and again, ever less often.
    public func waitForInput(timeout: Duration) async throws {
      let polling = isRemote ? Polling(from: .milliseconds(500), to: .seconds(5)) : Polling.ofFiles
      try await polling.wait(timeout: timeout) { [self] in
        try await queue.run { [self] in
          try reader.withLock { reader in try translating { try reader.look(isThorough: false) } }
        }
      }
    }

    public func interrupt() { waiting.interrupt() }

    /// The number of the row in its file.
    public func line(of origin: String, offset: Int) -> Int? { offset + 1 }
  }

  /// How a table is read as a stream.
  package struct DeltaSourceOptions: Sendable {
    package var rules = StreamRules()
    var start = VersionReader.Start.snapshot
    /// A file of at most so many bytes is read by one lane.
    package var wholeFileBytes = 4 << 20

    package init() {}

    /// - Parameter version: `latest`, or a number from 0; `nil` begins with what is in the table.
    /// - Returns: `nil` when it is neither.
    package init?(rules: StreamRules, startingVersion version: String?) {
      self.rules = rules
      switch version?.lowercased() {
      case nil: start = .snapshot
      case "latest": start = .latest
      case let text?:
        guard let number = Int(text), number >= 0 else { return nil }
        start = .version(number)
      }
    }
  }
#endif
