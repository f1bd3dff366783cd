import Dispatch
import Synchronization
import TidemillColumns
import TidemillFiles

/// What was pushed, with its keys, kept in a directory beside the epoch log until no recovery needs it.
///
/// A group of pushes is one record: all of it is there after a crash, or nothing. Each record is durable before the next one is
/// written, so that only the last can be torn.
final class PushSpool: LineStore {
  /// The lines of one record.
  private struct Part: Sendable {
    var offset: Int
    var length: Int
    /// In the file.
    var place: Int
  }

  private struct Segment: Sendable {
    var range: SpoolSegment
    var parts: [Part] = []
  }

  /// The file that is written.
  private struct Tail: Sendable {
    var file: any WritableFile
    var start: Int
    /// All of it is durable.
    var length: Int
  }

  private static let keysName = "pushed.keys"
  private let directory: String
  private let files: any FileSystem
  private let segmentSize: Int
  private let segments = Mutex<[Segment]>([])
  /// Only whoever writes has it.
  private let tail = Mutex<Tail?>(nil)
  private let releasing = DispatchQueue(label: "tidemill.pushes.release")

  /// Opens the spool, cuts off what a crash left unfinished, and makes the rest durable: whoever wrote it may have died before it was.
  ///
  /// - Parameter keys: gets the keys that are known.
  /// - Throws: `TidemillError.checkpoint` when more than an unfinished end is wrong; `FileError`.
  init(directory: String, files: any FileSystem, segmentSize: Int, keys: inout PushKeys) throws {
    self.directory = directory
    self.files = files
    self.segmentSize = segmentSize
    try files.createDirectory(directory)
    let names = try files.names(in: directory)
    if names.contains(Self.keysName) {
      for key in try PushKeysFile.read(try files.read(directory + "/" + Self.keysName), path: directory + "/" + Self.keysName) {
        keys.add(key, at: 0)
      }
    }
    let starts = names.compactMap { PushSegment.start(of: $0) }.sorted()
    var found: [Segment] = []
    for (index, start) in starts.enumerated() {
      let next = index + 1 < starts.count ? starts[index + 1] : nil
      if let segment = try open(start, next: next, &keys) { found.append(segment) }
    }
    try files.syncDirectory(directory)
    segments.withLock { $0 = found }
  }

  private func path(_ start: Int) -> String { directory + "/" + PushSegment.name(start) }

  /// Reads a segment; where the next begins, it ends, whatever else a failed write has left there.
  private func open(_ start: Int, next: Int?, _ keys: inout PushKeys) throws -> Segment? {
    let path = path(start)
    let bytes = try files.read(path)
    var segment = Segment(range: SpoolSegment(start: start, length: 0))
    var at = 0
    if try PushSegment.hasHeader(bytes, start: start) {
      at = PushSegment.fileHeaderLength
      while segment.range.end < next ?? .max, let record = PushSegment.record(bytes, start: start, at: at),
        record.offset == segment.range.end
      {
        for entry in record.keys { keys.add(entry.key, at: entry.offset) }
        segment.parts.append(Part(offset: record.offset, length: record.length, place: record.place))
        segment.range.length += record.length
        at = record.end
      }
    }
    if let next {
      guard segment.range.end == next else { throw damaged(path, at: at) }
      return segment
    }
    if at < bytes.count {
      // What was written behind a record, was so when that was durable: then it was not a crash that spoilt it.
      guard !Self.hasRecord(bytes, start: start, after: at) else { throw damaged(path, at: at) }
      try files.truncate(path, to: at)
    }
    let file = try files.openForAppending(path)
    try file.sync()
    try file.close()
    return segment
  }

  private static func hasRecord(_ bytes: [UInt8], start: Int, after: Int) -> Bool {
    var at = after + 1
    while at + PushSegment.headerLength <= bytes.count {
      if bytes[at] == PushSegment.magic[0], PushSegment.record(bytes, start: start, at: at) != nil { return true }
      at += 1
    }
    return false
  }

  private func damaged(_ path: String, at offset: Int) -> TidemillError {
    TidemillError(
      .checkpoint, "\(path) is damaged at byte \(offset): what was pushed has changed since",
      hint: "restore the checkpoint's directory as a whole, or start with a new one")
  }

  // MARK: Writing

  /// Where the next line goes.
  var end: Int { segments.withLock { $0.last?.range.end ?? 0 } }

  /// Appends a group of pushes and makes it durable. If this throws, nothing was added.
  ///
  /// - Parameter lines: not empty, each with its line end.
  /// - Returns: the segment that has it.
  func append(_ lines: [UInt8], _ keys: [PushKeys.Entry]) throws -> Int {
    try tail.withLock { tail in
      let offset = end
      if let full = tail, full.length >= segmentSize {
        tail = nil
        try full.file.close()
      }
      let path = path(tail?.start ?? offset)
      // A file of this name holds nothing: else it would have another.
      let current = try tail ?? Tail(file: files.create(path), start: offset, length: 0)
      let isNew = current.length == 0
      var at = current.length
      do {
        var head: [UInt8] = []
        if isNew {
          head = PushSegment.fileHeader(start: offset)
          at = head.count
        }
        head += PushSegment.header(lines, offset: offset, keys, start: current.start, at: at)
        try current.file.write(head)
        at += head.count - (isNew ? PushSegment.fileHeaderLength : 0)
        try lines.withUnsafeBytes { try current.file.write($0) }
        try current.file.sync()
        if isNew { try files.syncDirectory(directory) }
      } catch {
        // The system may not say again what it could not write, so this file gets no more. Should what is left of the group be
        // whole, then the next segment, which begins where this one ends, hides it.
        tail = nil
        try? files.truncate(path, to: current.length)
        try? current.file.close()
        throw error
      }
      tail = Tail(file: current.file, start: current.start, length: at + lines.count)
      let part = Part(offset: offset, length: lines.count, place: at)
      segments.withLock { segments in
        if isNew {
          segments.removeAll { $0.range.start == offset }
          segments.append(Segment(range: SpoolSegment(start: offset, length: 0)))
        }
        segments[segments.count - 1].parts.append(part)
        segments[segments.count - 1].range.length += lines.count
      }
      return current.start
    }
  }

  /// Closes the file that was written; more would go to another.
  func close() {
    tail.withLock { tail in
      try? tail?.file.close()
      tail = nil
    }
  }

  // MARK: Reading

  func sync() throws {}

  func segment(from offset: Int) -> SpoolSegment? {
    segments.withLock { segments in segments.first { $0.range.end > offset }?.range }
  }

  func read(_ range: Range<Int>, segment start: Int) throws -> (header: ArraySlice<UInt8>, lines: ArraySlice<UInt8>) {
    let path = path(start)
    guard let segment = segments.withLock({ $0.first { $0.range.start == start } }), segment.range.start <= range.lowerBound,
      segment.range.end >= range.upperBound
    else { throw missing(path, range) }
    var lines: [UInt8] = []
    lines.reserveCapacity(range.count)
    // The last part that begins at or before the range.
    var (low, high) = (0, segment.parts.count)
    while low + 1 < high {
      let middle = (low + high) / 2
      if segment.parts[middle].offset <= range.lowerBound { low = middle } else { high = middle }
    }
    for part in segment.parts[low...] where part.offset < range.upperBound {
      let from = max(range.lowerBound, part.offset) - part.offset
      let to = min(range.upperBound, part.offset + part.length) - part.offset
      if from < to { lines += try files.read(path, from: part.place + from, count: to - from) }
      if lines.count >= range.count { break }
    }
    guard lines.count == range.count else { throw missing(path, range) }
    return ([], lines[...])
  }

  private func missing(_ path: String, _ range: Range<Int>) -> TidemillError {
    TidemillError(
      .checkpoint, "\(path) lacks the bytes \(range.lowerBound) to \(range.upperBound) of what was pushed",
      hint: "restore the checkpoint's directory as a whole, or start with a new one")
  }

  // MARK: Releasing

  /// Removes the segments that end at or before `offset`, but for the last, which says where the input stands.
  ///
  /// - Parameter keys: gives the keys of what lies before an offset; they are kept.
  func release(before offset: Int, keys: @escaping @Sendable (_ before: Int) -> [[UInt8]]) async throws {
    try await withCheckedThrowingContinuation { (done: CheckedContinuation<Void, any Error>) in
      releasing.async { done.resume(with: Result { try self.remove(before: offset, keys) }) }
    }
  }

  private func remove(before offset: Int, _ keys: (_ before: Int) -> [[UInt8]]) throws {
    let gone = segments.withLock { segments in segments.dropLast().prefix { $0.range.end <= offset }.map(\.range) }
    guard let last = gone.last else { return }
    let known = keys(last.end)
    if !known.isEmpty {
      let path = directory + "/" + Self.keysName
      let file = try files.create(path + ".tmp")
      do {
        try file.write(PushKeysFile.bytes(known))
        try file.sync()
        try file.close()
      } catch {
        try? file.close()
        throw error
      }
      try files.rename(path + ".tmp", to: path)
      try files.syncDirectory(directory)
    }
    for segment in gone {
      try files.remove(path(segment.start))
      // One after the other: were an older one there again after a crash, and this one not, there would be a gap.
      try files.syncDirectory(directory)
      segments.withLock { segments in segments.removeAll { $0.range == segment } }
    }
  }
}
