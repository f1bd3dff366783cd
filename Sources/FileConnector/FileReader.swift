import TidemillColumns
import TidemillConnectors

/// Where a file source stands: what it has handed out, what the last listing found beyond that, and what waits for its line
/// end.
struct FileReader: Sendable {
  let listing: FileListing
  /// The position that all this stands for: the one last handed out. What is known may already be more.
  private(set) var position = SourcePosition.beginning
  private(set) var known = KnownFiles()
  private(set) var listed: [ListedFile] = []
  /// Files with unread bytes, in the order they will be read; those before `next` are done with.
  private var queue: [ListedFile] = []
  private var next = 0
  private var queued: Set<UInt64> = []
  /// Files that end in a line without its end: how long they were when none was found.
  private var waiting: [UInt64: Int] = [:]
  /// New bytes of compressed files that the last listing saw for the first time: how long the files were.
  private var arriving: [UInt64: Int] = [:]
  /// Known files that the last listing did not find.
  private var missing: Set<UInt64> = []

  init(_ listing: FileListing) { self.listing = listing }

  /// Starts at a position that is not the current one: after a restart, or when a slice is asked for again.
  mutating func move(to position: SourcePosition) throws {
    self = FileReader(listing)
    known = try KnownFiles(decoding: position.bytes)
    self.position = position
  }

  /// The position behind what was taken, which is handed out now.
  mutating func advance() -> SourcePosition {
    position = SourcePosition(known.bytes)
    return position
  }

  var hasQueuedFiles: Bool { next < queue.count }

  /// Looks at what is there now, and queues what is new: files of one listing in byte order, behind those of earlier ones.
  mutating func refresh(isFinal: Bool) throws {
    listed = try listing.list()
    var found = 0
    for file in listed {
      let entry = known[file.hash]
      if entry != nil { found += 1 }
      let offset = entry?.offset ?? 0
      if file.size < offset { throw shrunkError(file.path, offset: offset, size: file.size) }
      guard file.size > offset, !queued.contains(file.hash) else { continue }
      if !isFinal && (waiting[file.hash] == file.size || isArriving(file)) { continue }
      queue.append(file)
      queued.insert(file.hash)
    }
    if known.count - found > max(Self.absentFilesKept, listed.count) { forgetRemovedFiles() } else { missing = [] }
  }

  /// Whether a compressed file is seen for the first time as long as it is. Nobody can tell by its bytes whether it is complete, so
  /// it is left until another listing finds it no longer.
  private mutating func isArriving(_ file: ListedFile) -> Bool {
    guard listing.compression.codec(of: file.path) != nil else { return false }
    if arriving.updateValue(file.size, forKey: file.hash) != file.size { return true }
    arriving[file.hash] = nil
    return false
  }

  /// How many files that are gone stay known: one that comes back under its name must not be read again.
  static let absentFilesKept = 10_000

  /// Files that are gone are forgotten once they are more than those that are there, so that a position does not outgrow its
  /// directory without bound. A listing may miss a file that is being replaced, so only what two listings in a row do not find is
  /// gone.
  private mutating func forgetRemovedFiles() {
    let present = Set(listed.map(\.hash))
    let absent = known.hashes.filter { !present.contains($0) && !queued.contains($0) }
    for hash in absent where missing.contains(hash) {
      known[hash] = nil
      waiting[hash] = nil
    }
    missing = Set(absent).subtracting(missing)
  }

  /// The next part of the first queued file, of about `limit` bytes; `nil` when that file has no whole line.
  mutating func takePart(limit: Int, isFinal: Bool) throws -> FilePart? {
    let queuedFile = queue[next]
    let path = listing.fullPath(queuedFile.path)
    let entry = known[queuedFile.hash]
    let start = entry?.offset ?? 0
    guard let file = try PosixFile(path: path) else {
      finishQueuedFile()
      // A file that was renamed before it was read: its new name will be found.
      if start == 0 { return nil }
      throw TidemillError(
        .badInput, "\(path) was removed when only its first \(start) of \(queuedFile.size) bytes were read",
        hint: "remove files only when they are read to the end; start again to go on without it")
    }
    let status = try file.status()
    if status.size < start { throw shrunkError(queuedFile.path, offset: start, size: status.size) }
    if let entry, UInt32(truncatingIfNeeded: try Fingerprint.of(file, 0..<start)) != entry.fingerprint {
      throw TidemillError(
        .badInput, "\(path) was replaced: its first \(start) bytes are not those that were read before",
        hint: "give new files new names; files that are being read may only grow")
    }
    guard let end = try end(of: queuedFile, file, start: start, size: status.size, limit: limit, isFinal: isFinal) else {
      finishQueuedFile()
      return nil
    }
    let fingerprint = try Fingerprint.of(file, start..<end)
    let whole = start == 0 ? fingerprint : try Fingerprint.of(file, 0..<end)
    known[queuedFile.hash] = KnownFiles.Entry(offset: end, fingerprint: UInt32(truncatingIfNeeded: whole))
    // What is left may be a line without its end; the next turn finds that out.
    if end == status.size { finishQueuedFile() }
    return FilePart(
      path: queuedFile.path, range: start..<end, size: status.size, modified: status.modified, inode: status.inode,
      fingerprint: fingerprint)
  }

  /// Where the part that begins at `start` ends; `nil` when it has to wait.
  private mutating func end(
    of queuedFile: ListedFile, _ file: borrowing PosixFile, start: Int, size: Int, limit: Int, isFinal: Bool
  ) throws -> Int? {
    if listing.compression.codec(of: queuedFile.path) != nil {
      // All of it, since only the whole can be taken apart; later if it still grows.
      return isFinal || size == queuedFile.size ? size : nil
    }
    let wanted = min(size, start + max(limit, 1))
    let scanned = waiting[queuedFile.hash] ?? 0
    let end = try LineBoundary.end(file, start: start, scanned: scanned, wanted: wanted, size: size)
    if end == nil && isFinal && size > start { return size }
    waiting[queuedFile.hash] = end == nil ? size : nil
    return end
  }

  private mutating func finishQueuedFile() {
    queued.remove(queue[next].hash)
    next += 1
    if next == queue.count {
      queue.removeAll(keepingCapacity: true)
      next = 0
    }
  }

  private func shrunkError(_ path: String, offset: Int, size: Int) -> TidemillError {
    TidemillError(
      .badInput,
      "\(listing.fullPath(path)) is shorter than it was: \(offset) bytes of it were read, it now has \(size)",
      hint: "let logs rotate to new names instead of truncating them; files that are being read may only grow")
  }
}
