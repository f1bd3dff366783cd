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
  private let name: String
  private let format: any RecordFormat
  private let input: LineInput
  private let spool: Spool?
  private let pieceSize: Int

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
    self.format = format
    self.name = name
    self.pieceSize = pieceSize
    description = name
    spool =
      if let spoolDirectory, let files {
        try Spool(directory: spoolDirectory, files: files, hasHeader: format.hasHeader, segmentSize: segmentSize)
      } else { nil }
    input = LineInput(start: spool?.end ?? 0, readAheadLimit: readAheadLimit)
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
    var offset = try decode(position)
    // Asked before looking, so that a failure does not hide lines that came before it.
    let failure = input.failure
    // What was taken is on disk, and has been handed to its tasks.
    if spool != nil { input.drop(before: offset) }
    var pieces: [SpoolPiece] = []
    var remaining = max(byteLimit, 1)
    while remaining > 0, let (segment, start, bytes) = try lines(from: offset) {
      let cut = linePieces(bytes, size: pieceSize, limit: remaining)
      for piece in cut {
        let from = start + piece.lowerBound - bytes.startIndex
        pieces.append(SpoolPiece(segment: segment, range: from..<from + piece.count))
        remaining -= piece.count
        offset = from + piece.count
      }
    }
    input.take(upTo: offset)
    if pieces.isEmpty {
      if let failure { throw failure }
      return nil
    }
    try spool?.sync()
    return SourceSlice(
      record: SpoolPiece.encode(pieces), end: encode(offset), byteCount: pieces.reduce(0) { $0 + $1.range.count },
      reachesEnd: try lines(from: offset) == nil)
  }

  /// Whole lines from `offset` on, from memory or the spool.
  private func lines(from offset: Int) throws -> (segment: Int, start: Int, bytes: ArraySlice<UInt8>)? {
    let block = input.block(from: offset)
    let end = input.end
    if let segment = spool?.segment(from: offset), block.map({ $0.start > max(offset, segment.start) }) ?? true {
      let from = max(offset, segment.start)
      // What the reading thread has just written is taken from memory when it is there.
      let to = min(segment.end, block?.start ?? end)
      if from < to { return (segment.start, from, try spool!.read(from..<to, segment: segment.start).lines) }
    }
    guard let block else { return nil }
    let from = max(offset, block.start)
    return (block.segment, from, block.bytes[(from - block.start)...])
  }

  public func tasks(for slice: SourceSlice) throws -> [any ReadTask] {
    let pieces = try undamaged("slice record", of: description) { try SpoolPiece.decode(slice.record) }
    return try pieces.map { piece in
      var held: ArraySlice<UInt8>?
      if let block = input.block(from: piece.range.lowerBound), block.start <= piece.range.lowerBound,
        block.end >= piece.range.upperBound
      {
        held = block.bytes[piece.range.lowerBound - block.start..<piece.range.upperBound - block.start]
      } else if spool == nil {
        throw TidemillError(
          .badInput, "the bytes \(piece.range.lowerBound) to \(piece.range.upperBound) of \(name) are gone",
          hint: "give the query a checkpoint directory, so that its input is kept")
      }
      return SpoolTask(
        piece: piece, origin: name, format: format, header: held.map { _ in input.header }, held: held, spool: spool)
    }
  }

  public func release(before position: SourcePosition) async throws {
    let offset = try decode(position)
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
      guard let (_, start, bytes) = try? lines(from: at), start == at else { return nil }
      let part = bytes.prefix(offset - at)
      for byte in part where byte == newline { line += 1 }
      at += part.count
    }
    return line
  }

  private func encode(_ offset: Int) -> SourcePosition {
    var writer = ByteWriter()
    writer.write(varint: offset)
    return SourcePosition(writer.bytes)
  }

  private func decode(_ position: SourcePosition) throws -> Int {
    if position.bytes.isEmpty { return 0 }
    var reader = ByteReader(position.bytes)
    let offset = try undamaged("position", of: description) { try reader.readVarint() }
    guard offset <= input.end else {
      throw TidemillError(
        .checkpoint, "\(name) was read up to byte \(offset), but only \(input.end) bytes of it are kept",
        hint: "restore the checkpoint's directory as a whole, or start with a new one")
    }
    return offset
  }
}
