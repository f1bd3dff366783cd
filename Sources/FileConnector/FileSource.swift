import Synchronization
import TidemillColumns
import TidemillConnectors
import TidemillFormats

/// Line records in a file, in a directory, or in the files that a glob matches; one partition.
///
/// Files of one listing are read in byte order of their relative path, later ones as they are found; the order that came about
/// is in each slice's record. A directory means the files in it and in its subdirectories called `key=value`. Names that begin
/// with `.` or `_` are ignored, so a writer can prepare a file under such a name and rename it into place. A file that grows
/// is read on; its last line waits until its line end is there, or until the input is said to be final.
///
/// Compressed files are read whole, each by one task. Several members, one after the other, are one text; members added later are
/// read as they are found, and begin a new line. Such a file is taken once two listings in a row find it equally long, or when the
/// input is said to be final; a member that is cut off or damaged is an error that names the file.
///
/// Files may grow, appear and, once read, go. A file that shrinks or is replaced under the same name is an error that names it.
public final class FileSource: Source {
  public let description: String
  private let listing: FileListing
  private let format: any RecordFormat
  private let pieceSize: Int
  private let pool = ReadBufferPool()
  private let windows: FileWindowPool
  private let lines = LineCounter()
  private let reader: Mutex<FileReader>
  private let released = Mutex(SourcePosition.beginning)

  /// - Parameters:
  ///   - path: a file, a directory, or a glob.
  ///   - formatName: for descriptions, such as `json`.
  ///   - compression: how the files are compressed.
  ///   - pieceSize: about how many bytes one task reads. Checksums that the runtime keeps are of pieces: a checkpoint is only
  ///     good for the size that it was made with.
  /// - Throws: when `path` is no glob and not there.
  public init(
    path: String, format: any RecordFormat, formatName: String, compression: Compression = .auto, pieceSize: Int = 1 << 20
  ) throws {
    precondition(pieceSize > 0, "a piece of a file has at least one byte")
    listing = try FileListing(path: path, compression: compression)
    self.format = format
    self.pieceSize = pieceSize
    windows = FileWindowPool(pieceSize: pieceSize + 1 + FileTask.overhang)
    description = "\(formatName) files in \(path)"
    reader = Mutex(FileReader(listing))
  }

  public func nextSlice(after position: SourcePosition, byteLimit: Int, isFinal: Bool) async throws -> SourceSlice? {
    try slice(after: position, byteLimit: byteLimit, isFinal: isFinal)
  }

  func slice(after position: SourcePosition, byteLimit: Int, isFinal: Bool) throws -> SourceSlice? {
    try reader.withLock { reader in
      do {
        if reader.position != position { try reader.move(to: position) }
        return try Self.takeSlice(&reader, byteLimit: byteLimit, isFinal: isFinal)
      } catch {
        // What was taken so far was not handed out: the next call starts from the position it is given.
        reader = FileReader(listing)
        throw damaged(error, "position")
      }
    }
  }

  private static func takeSlice(_ reader: inout FileReader, byteLimit: Int, isFinal: Bool) throws -> SourceSlice? {
    var parts: [FilePart] = []
    var remaining = max(byteLimit, 1)
    var isFresh = false
    while true {
      if !reader.hasQueuedFiles {
        if isFresh { break }
        try reader.refresh(isFinal: isFinal)
        isFresh = true
        if !reader.hasQueuedFiles { break }
      }
      if remaining <= 0 { break }
      if let part = try reader.takePart(limit: remaining, isFinal: isFinal) {
        remaining -= part.range.count
        parts.append(part)
      }
    }
    if parts.isEmpty { return nil }
    return SourceSlice(
      record: FilePart.encode(parts), end: reader.advance(),
      byteCount: parts.reduce(0) { $0 + $1.range.count }, reachesEnd: !reader.hasQueuedFiles)
  }

  public func tasks(for slice: SourceSlice) throws -> [any ReadTask] {
    var tasks: [any ReadTask] = []
    let parts: [FilePart]
    do { parts = try FilePart.decode(slice.record) } catch { throw damaged(error, "slice record") }
    for part in parts {
      let path = listing.fullPath(part.path)
      let format = FileFormat(format)
      if let codec = listing.compression.codec(of: part.path) {
        tasks.append(CompressedTask(part: part, path: path, codec: codec, format: format))
        continue
      }
      var start = part.range.lowerBound
      while start < part.range.upperBound {
        let end = min(start + pieceSize, part.range.upperBound)
        tasks.append(
          FileTask(
            part: part, path: path, nominal: start..<end, format: format, pool: pool,
            windows: InPlaceReading.isAllowed ? windows : nil))
        start = end
      }
    }
    return tasks
  }

  private func damaged(_ error: any Error, _ what: String) -> any Error {
    guard let corrupt = error as? CorruptBytes else { return error }
    return TidemillError(
      .checkpoint, "the \(what) of \(description) is damaged: \(corrupt)",
      hint: "restore the checkpoint from a copy, or start with a new one")
  }

  /// Looks again and again, ever less often: every 10 ms at first, every 200 ms later, and never more than a fifth of the time.
  public func waitForInput(timeout: Duration) async throws {
    let clock = ContinuousClock()
    let deadline = clock.now + timeout
    var pause = Duration.milliseconds(10)
    while true {
      windows.clear()
      let began = clock.now
      let hasInput = try reader.withLock { reader in
        if !reader.hasQueuedFiles { try reader.refresh(isFinal: false) }
        return reader.hasQueuedFiles
      }
      let now = clock.now
      if hasInput || now >= deadline { return }
      let next = now + max(pause, (now - began) * 4)
      try await Task.sleep(until: min(next, deadline), clock: clock)
      pause = min(pause * 2, .milliseconds(200))
    }
  }

  public func release(before position: SourcePosition) async throws {
    released.withLock { $0 = position }
  }

  /// The files that no recovery needs any more, by full path: read to the end before the last released position. They may be
  /// moved away or removed.
  ///
  /// - Complexity: O(files).
  public var releasableInputs: [String] {
    let position = released.withLock { $0 }
    guard let done = try? KnownFiles(decoding: position.bytes) else { return [] }
    return reader.withLock { $0.listed }
      .filter { file in done[file.hash].map { $0.offset >= file.size } ?? false }
      .map { listing.fullPath($0.path) }
  }

  /// - Complexity: O(bytes since the last place asked about in the file). `nil` for compressed files, which would have to be read
  ///   again for it.
  public func line(of origin: String, offset: Int) -> Int? {
    listing.compression.codec(of: origin) == nil ? lines.line(of: origin, offset: offset) : nil
  }
}
