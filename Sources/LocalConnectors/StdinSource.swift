import TidemillColumns
import TidemillConnectors
import TidemillFiles
import TidemillFormats

/// Lines from standard input or another descriptor that can be read only once; one partition.
///
/// With a spool directory the raw lines are written there before any slice names them, and a restarted job first reads what
/// the spool still has, then what comes in now. Without one they are only in memory, until released. In both cases reading
/// pauses when the job is too far behind. The last line counts without its line end; after a crash, a line that had not come
/// in whole is lost with the rest of the pipe.
///
/// Without a spool nothing leaves memory before it is released, so a job without a checkpoint releases after each epoch.
public final class StdinSource: Source {
  public let description: String
  private let input: LineInput
  private let spool: Spool?
  private let lines: SpooledLines

  /// - Parameters:
  ///   - name: the origin of rows in messages.
  ///   - prefix: what was read from the descriptor before, as by `sample`.
  ///   - spoolDirectory: where to keep what has come in; `nil` for a job without a checkpoint.
  ///   - readAheadLimit: how many bytes may wait to be taken before reading pauses.
  /// - Throws: `FileError` when the spool cannot be read.
  public init(
    format: any RecordFormat, descriptor: Int32 = 0, name: String = "stdin", prefix: [UInt8] = [],
    spoolDirectory: String? = nil,
    files: (any FileSystem)? = nil, readAheadLimit: Int = 64 << 20, pieceSize: Int = 1 << 20, segmentSize: Int = 16 << 20
  ) throws {
    precondition(pieceSize > 0 && readAheadLimit > 0 && segmentSize > 0, "sizes are positive")
    precondition(spoolDirectory == nil || files != nil, "a spool needs a file system")
    description = name
    spool =
      if let spoolDirectory, let files {
        try Spool(directory: spoolDirectory, files: files, hasHeader: format.hasHeader, segmentSize: segmentSize)
      } else { nil }
    input = LineInput(start: spool?.end ?? 0, readAheadLimit: readAheadLimit)
    lines = SpooledLines(name: name, format: format, input: input, store: spool, pieceSize: pieceSize)
    DescriptorReader(
      descriptor: descriptor, name: name, hasHeader: format.hasHeader, input: input, spool: spool, prefix: prefix
    ).start()
  }

  /// Reads the beginning of a descriptor: until `byteLimit`, or what the first reads give once there is a whole line.
  ///
  /// - Throws: `TidemillError` with code `io` when the descriptor cannot be read.
  public static func sample(descriptor: Int32 = 0, name: String = "stdin", byteLimit: Int = 1 << 16) throws -> [UInt8] {
    var bytes: [UInt8] = []
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: byteLimit, alignment: 64)
    defer { buffer.deallocate() }
    while bytes.count < byteLimit, !bytes.contains(newline) {
      let rest = UnsafeMutableRawBufferPointer(rebasing: buffer[..<(byteLimit - bytes.count)])
      let count = try DescriptorReader.readSome(rest, from: descriptor, name: name)
      if count == 0 { break }
      bytes.append(contentsOf: buffer[..<count])
    }
    return bytes
  }

  deinit { input.close() }

  public var hasEnded: Bool { input.isExhausted }

  public var isReadToItsEnd: Bool { true }

  public func waitForInput(timeout: Duration) async throws {
    try await input.signal.wait(timeout: timeout) { [input] in input.hasNews }
  }

  public func nextSlice(after position: SourcePosition, byteLimit: Int, isFinal: Bool) async throws -> SourceSlice? {
    try lines.nextSlice(after: position, byteLimit: byteLimit)
  }

  public func tasks(for slice: SourceSlice) throws -> [any ReadTask] { try lines.tasks(for: slice) }

  public func release(before position: SourcePosition) async throws {
    let offset = try lines.offset(of: position)
    try spool?.release(before: offset)
    input.drop(before: offset)
    input.forgetLines(before: offset)
  }

  /// Counts from the first line that this run of the program received; what an earlier run received has no line numbers.
  public func line(of origin: String, offset: Int) -> Int? {
    guard let mark = input.lineMark(before: offset), mark.offset < offset else {
      return input.lineMark(before: offset)?.line
    }
    var at = mark.offset
    var line = mark.line
    while at < offset {
      guard let (_, start, bytes) = try? lines.block(from: at), start == at else { return nil }
      let part = bytes.prefix(offset - at)
      for byte in part where byte == newline { line += 1 }
      at += part.count
    }
    return line
  }
}
