#if Lake
  import FileConnector
  import LakeFiles
  import Synchronization
  import TidemillColumns
  import TidemillConnectors

  /// Rows of Parquet files: of one file, of a directory, or of those that a glob matches, on a disk or in an object store; one
  /// partition.
  ///
  /// Files of one listing are read in byte order of their relative path, later ones as they are found; the order that came about is
  /// in each slice's record. A directory means the files in it and in its subdirectories called `key=value`, whose values are
  /// columns. Names that begin with `.` or `_` are ignored, and a file that does not end as Parquet files do is left until it has
  /// changed. Only the columns that are asked for are read; one that a file does not have is NULL there.
  ///
  /// Files are written once: one that changes after it was found is an error that names it. Once `releasableInputs` has
  /// it, it may go: one that was read to its end is needed again by a recovery until a checkpoint is behind it.
  public final class ParquetSource: Source {
    public let description: String
    private let folder: ParquetFolder
    private let files: FileCache
    private let reader: Mutex<ParquetReader>
    private let released = Mutex(SourcePosition.beginning)

    /// - Parameter report: tells the user something.
    package init(
      _ folder: ParquetFolder, request: ReadRequest, report: @escaping @Sendable (String) -> Void = { _ in }
    ) {
      description = "parquet files in \(folder.path)"
      self.folder = folder
      files = FileCache(folder, request)
      reader = Mutex(ParquetReader(files, folder, report: report))
    }

    public func nextSlice(after position: SourcePosition, byteLimit: Int, isFinal: Bool) async throws -> SourceSlice? {
      try reader.withLock { reader in
        do {
          if reader.position != position { try reader.move(to: position) }
          return try Self.takeSlice(&reader, byteLimit: byteLimit, isFinal: isFinal)
        } catch {
          // What was taken so far was not handed out: the next call starts from the position it is given.
          reader.startAnew()
          files.clear()
          throw damaged(error, "position")
        }
      }
    }

    private static func takeSlice(_ reader: inout ParquetReader, byteLimit: Int, isFinal: Bool) throws -> SourceSlice? {
      var parts: [ParquetPart] = []
      var taken = 0
      var isFresh = false
      while true {
        if !reader.hasQueuedFiles {
          if isFresh { break }
          try reader.refresh(isFinal: isFinal)
          isFresh = true
          if !reader.hasQueuedFiles { break }
        }
        // A file without rows is no reason for another slice.
        if taken >= max(byteLimit, 1), (try? reader.nextIsEmpty()) != true { break }
        if let (part, bytes) = try reader.takePart(limit: max(byteLimit, 1) - taken, isFinal: isFinal) {
          taken += bytes
          parts.append(part)
        }
      }
      // Files without rows are known from now on; nothing is lost if nobody writes that down.
      if parts.isEmpty { return nil }
      return SourceSlice(
        record: ParquetPart.encode(parts), end: reader.advance(), byteCount: taken, reachesEnd: !reader.hasQueuedFiles)
    }

    public func tasks(for slice: SourceSlice) throws -> [any ReadTask] {
      let parts: [ParquetPart]
      do { parts = try ParquetPart.decode(slice.record) } catch { throw damaged(error, "slice record") }
      return parts.flatMap { part in part.groups.map { ParquetTask(part: part, group: $0, files: files) } }
    }

    private func damaged(_ error: any Error, _ what: String) -> any Error {
      guard let corrupt = error as? CorruptBytes else { return error }
      return TidemillError(
        .checkpoint, "the \(what) of \(description) is damaged: \(corrupt)",
        hint: "restore the checkpoint from a copy, or start with a new one")
    }

    /// Looks again and again, ever less often: every 10 ms at first, every 200 ms later, and never more than a fifth of the time; in
    /// object stores, where each look is a request, every second at first and every 10 seconds later.
    public func waitForInput(timeout: Duration) async throws {
      let polling = folder.isRemote ? Polling.ofStores : Polling.ofFiles
      try await polling.wait(timeout: timeout) {
        try reader.withLock { reader in
          if !reader.hasQueuedFiles { try reader.refresh(isFinal: false) }
          return reader.hasQueuedFiles
        }
      }
    }

    public func release(before position: SourcePosition) async throws {
      released.withLock { $0 = position }
    }

    /// The files that no recovery needs any more, by full path: read to the end before the last released position.
    ///
    /// - Complexity: O(files).
    public var releasableInputs: [String] {
      let position = released.withLock { $0 }
      return reader.withLock { $0.finished(before: position) }.map { folder.fullPath($0.path) }
    }

    /// The number of the row in its file.
    public func line(of origin: String, offset: Int) -> Int? { offset + 1 }
  }
#endif
