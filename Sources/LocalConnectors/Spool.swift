import Synchronization
import TidemillColumns
import TidemillFiles

/// The raw lines of an input that cannot be read twice, kept in a directory beside the epoch log until no recovery needs them.
///
/// Each segment is a file named after the offset in the input of its first line. Where the format has a header, each segment
/// begins with it, so that it can be read on its own; the header is not counted in offsets. A segment holds whole lines only.
final class Spool: LineStore {
  private struct State: Sendable {
    var segments: [SpoolSegment] = []
    /// The one that lines are appended to.
    var file: (any WritableFile)?
    var isSynced = true
    /// The segment read last, since pieces of one segment are read one after the other.
    var cached: (start: Int, bytes: [UInt8])?
  }

  private let directory: String
  private let files: any FileSystem
  private let segmentSize: Int
  private let state = Mutex(State())

  /// Opens the spool and cuts off a line that a crash left unfinished.
  init(directory: String, files: any FileSystem, hasHeader: Bool, segmentSize: Int = 16 << 20) throws {
    self.directory = directory
    self.files = files
    self.segmentSize = segmentSize
    try files.createDirectory(directory)
    var segments: [SpoolSegment] = []
    for name in try files.names(in: directory) {
      guard let start = Self.start(of: name) else { continue }
      let path = directory + "/" + name
      let bytes = try files.read(path)
      let whole = (bytes.lastIndex(of: newline) ?? -1) + 1
      if whole < bytes.count { try files.truncate(path, to: whole) }
      let header = hasHeader ? (bytes.firstIndex(of: newline) ?? -1) + 1 : 0
      segments.append(SpoolSegment(start: start, length: max(0, whole - header), headerLength: header))
    }
    segments.sort { $0.start < $1.start }
    state.withLock { $0.segments = segments }
  }

  /// Where the next line goes.
  var end: Int { state.withLock { $0.segments.last?.end ?? 0 } }

  var segments: [SpoolSegment] { state.withLock { $0.segments } }

  private static func name(_ start: Int) -> String {
    let digits = String(start)
    return "spool-" + String(repeating: "0", count: 20 - digits.count) + digits + ".lines"
  }

  private static func start(of name: String) -> Int? {
    guard name.hasPrefix("spool-"), name.hasSuffix(".lines") else { return nil }
    return Int(name.dropFirst(6).dropLast(6))
  }

  /// Appends whole lines that begin at `offset` of the input; a new run or a full segment begins a new file.
  func append(_ lines: ArraySlice<UInt8>, at offset: Int, header: [UInt8]) throws {
    try state.withLock { state in
      if state.file == nil || state.segments.last!.length >= segmentSize {
        try state.file?.sync()
        try state.file?.close()
        // What is there under this name is an empty segment of a run that ended at once.
        let file = try files.create(directory + "/" + Self.name(offset))
        try file.write(header)
        state.file = file
        state.segments.removeAll { $0.start == offset }
        state.segments.append(SpoolSegment(start: offset, length: 0, headerLength: header.count))
        state.isSynced = false
        try files.syncDirectory(directory)
      }
      try state.file!.write(Array(lines))
      state.segments[state.segments.count - 1].length += lines.count
      state.isSynced = false
    }
  }

  /// Makes everything appended so far durable.
  func sync() throws {
    try state.withLock { state in
      if state.isSynced { return }
      try state.file?.sync()
      state.isSynced = true
    }
  }

  /// The segment that `offset` lies in, or else the next one.
  func segment(from offset: Int) -> SpoolSegment? { state.withLock { $0.segments.first { $0.end > offset } } }

  /// The header and the lines at `range` of the input.
  func read(_ range: Range<Int>, segment start: Int) throws -> (header: ArraySlice<UInt8>, lines: ArraySlice<UInt8>) {
    try state.withLock { state in
      let name = Self.name(start)
      guard let segment = state.segments.first(where: { $0.start == start }), segment.end >= range.upperBound,
        range.lowerBound >= start
      else { throw missing(name, range) }
      let needed = segment.headerLength + range.upperBound - start
      if state.cached?.start != start || state.cached!.bytes.count < needed {
        guard files.exists(directory + "/" + name) else { throw missing(name, range) }
        state.cached = (start, try files.read(directory + "/" + name))
      }
      let bytes = state.cached!.bytes
      guard bytes.count >= needed else { throw missing(name, range) }
      return (bytes[..<segment.headerLength], bytes[segment.headerLength + range.lowerBound - start..<needed])
    }
  }

  private func missing(_ name: String, _ range: Range<Int>) -> TidemillError {
    TidemillError(
      .checkpoint, "\(directory)/\(name) lacks the bytes \(range.lowerBound) to \(range.upperBound) of the input",
      hint: "restore the checkpoint's directory as a whole, or start with a new one")
  }

  /// Removes the segments that end before `offset`, but for the last, which says where the input stands.
  func release(before offset: Int) throws {
    try state.withLock { state in
      let gone = state.segments.dropLast().prefix { $0.end <= offset }
      for segment in gone {
        try files.remove(directory + "/" + Self.name(segment.start))
        if state.cached?.start == segment.start { state.cached = nil }
      }
      state.segments.removeFirst(gone.count)
    }
  }
}
