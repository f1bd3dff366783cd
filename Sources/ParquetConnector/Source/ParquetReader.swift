#if Lake
  import FileConnector
  import LakeFiles
  import TidemillColumns
  import TidemillConnectors

  /// Where a Parquet source stands: what it has handed out, what the last listing found beyond that, and what waits to be complete.
  struct ParquetReader: Sendable {
    let files: FileCache
    private let folder: ParquetFolder
    /// Tells the user something.
    private let report: @Sendable (String) -> Void
    /// The position that all this stands for: the one last handed out. What is known may already be more.
    private(set) var position = SourcePosition.beginning
    private var known = KnownFiles()
    private(set) var listed: [ListedFile] = []
    /// Files with unread row groups, in the order they will be read; those before `next` are done with.
    private var queue: [ListedFile] = []
    private var next = 0
    private var queued: Set<UInt64> = []
    /// Files that do not end as Parquet files do.
    private var waiting: [UInt64: WaitingFile] = [:]
    /// Those of them that the user knows of.
    private var named: Set<UInt64> = []
    /// Known files that the last listing did not find.
    private var missing: Set<UInt64> = []
    /// The file of which only a part was read when the reader was moved here, until a listing has found it. There is one at most,
    /// since files are read one after the other.
    private var unfinished: UInt64?

    init(_ files: FileCache, _ folder: ParquetFolder, report: @escaping @Sendable (String) -> Void) {
      self.files = files
      self.folder = folder
      self.report = report
    }

    /// Starts at a position that is not the current one: after a restart, or when a slice is asked for again.
    mutating func move(to position: SourcePosition) throws {
      startAnew()
      known = try KnownFiles(decoding: position.bytes)
      unfinished = known.hashes.first { ReadProgress(known[$0]!).groups != nil }
      self.position = position
    }

    /// Forgets what was taken and found, but not what was said.
    mutating func startAnew() {
      let named = named
      self = ParquetReader(files, folder, report: report)
      self.named = named
    }

    /// The position behind what was taken, which is handed out now.
    mutating func advance() -> SourcePosition {
      position = SourcePosition(known.bytes)
      return position
    }

    var hasQueuedFiles: Bool { next < queue.count }

    /// Looks at what is there now, and queues what is new: files of one listing in byte order, behind those of earlier ones.
    mutating func refresh(isFinal: Bool) throws {
      listed = try folder.list()
      var found = 0
      for file in listed {
        if let entry = known[file.hash] {
          found += 1
          let progress = ReadProgress(entry)
          if progress.size != file.size { throw replaced(file, "it had \(progress.size) bytes and now has \(file.size)") }
          if progress.groups == nil { continue }
        }
        guard !queued.contains(file.hash), isFinal || !stillWaits(file) else { continue }
        queue.append(file)
        queued.insert(file.hash)
      }
      if let unfinished, !queued.contains(unfinished) { throw removed("a file in \(folder.path)") }
      unfinished = nil
      if known.count - found > max(Self.absentFilesKept, listed.count) { forgetRemovedFiles() } else { missing = [] }
    }

    /// Whether a file is as it was when it did not end as Parquet files do. Whoever left it so may never know, so the user is told,
    /// once; one that has changed since is on its way.
    private mutating func stillWaits(_ file: ListedFile) -> Bool {
      guard let seen = waiting[file.hash], seen == WaitingFile(file) else { return false }
      if named.insert(file.hash).inserted {
        report("\(folder.fullPath(file.path)) does not end as a Parquet file does: it is read once it has changed and does")
      }
      return true
    }

    /// How many files that are gone stay known: one that comes back under its name must not be read again.
    private static let absentFilesKept = 10_000

    /// Files that are gone are forgotten once they are more than those that are there, so that a position does not outgrow its
    /// folder without bound; only what two listings in a row do not find is gone.
    private mutating func forgetRemovedFiles() {
      let present = Set(listed.map(\.hash))
      let absent = known.hashes.filter { !present.contains($0) && !queued.contains($0) }
      for hash in absent where missing.contains(hash) {
        known[hash] = nil
        waiting[hash] = nil
      }
      missing = Set(absent).subtracting(missing)
    }

    /// The next row groups of the first queued file, of about `limit` bytes; `nil` when it has none to give.
    mutating func takePart(limit: Int, isFinal: Bool) throws -> (part: ParquetPart, bytes: Int)? {
      let listed = queue[next]
      let progress = known[listed.hash].map { ReadProgress($0) }
      let file: OpenedFile
      do {
        guard let opened = try files.open(listed.path) else {
          finishQueuedFile()
          // A file that was renamed before it was read: its new name will be found.
          if progress?.groups ?? 0 == 0 { return nil }
          throw removed(folder.fullPath(listed.path))
        }
        file = opened
      } catch is OpenedFile.Incomplete {
        finishQueuedFile()
        waiting[listed.hash] = WaitingFile(listed)
        if !isFinal { return nil }
        throw TidemillError(
          .badInput, "\(folder.fullPath(listed.path)) is no Parquet file, or not all of it is there",
          hint: "put a good copy in its place, or leave it out with a glob such as 'dir/*.parquet'")
      }
      if let progress, progress.size != file.size || progress.fingerprint != UInt32(truncatingIfNeeded: file.fingerprint) {
        throw replaced(listed, "its row groups are not those that were read before")
      }
      let total = file.groupCount
      guard total <= ReadProgress.mostGroups, file.size <= ReadProgress.longest else {
        throw TidemillError(.unsupported, "\(file.name) has \(total) row groups and \(file.size) bytes, which is too much")
      }
      let start = progress?.groups ?? 0
      var end = start
      var bytes = 0
      while end < total, end == start || bytes < limit {
        bytes += try file.bytes(ofGroup: end)
        end += 1
      }
      let left = ReadProgress(size: file.size, groups: end == total ? nil : end, fingerprint: file.fingerprint)
      known[listed.hash] = left.entry
      waiting[listed.hash] = nil
      named.remove(listed.hash)
      if end == total { finishQueuedFile() }
      if start == end { return nil }
      return (ParquetPart(path: listed.path, groups: start..<end, size: file.size, fingerprint: file.fingerprint), bytes)
    }

    /// Whether the first queued file is there, and has no rows.
    func nextIsEmpty() throws -> Bool {
      do { return try files.open(queue[next].path)?.groupCount == 0 } catch is OpenedFile.Incomplete { return false }
    }

    private mutating func finishQueuedFile() {
      queued.remove(queue[next].hash)
      next += 1
      if next == queue.count {
        queue.removeAll(keepingCapacity: true)
        next = 0
      }
    }

    private func removed(_ what: String) -> TidemillError {
      TidemillError(
        .badInput, "\(what) was removed when only a part of it was read",
        hint: "put it back, and remove files only when they are read to the end; or start with a new checkpoint")
    }

    private func replaced(_ file: ListedFile, _ why: String) -> TidemillError {
      TidemillError(
        .badInput, "\(folder.fullPath(file.path)) was replaced: \(why)",
        hint: "give new files new names; a Parquet file is written once")
    }

    /// The files that were read to the end before a position.
    func finished(before position: SourcePosition) -> [ListedFile] {
      guard let done = try? KnownFiles(decoding: position.bytes) else { return [] }
      return listed.filter { file in done[file.hash].map { ReadProgress($0).groups == nil } ?? false }
    }
  }
#endif
