import Synchronization
import TidemillColumns
import TidemillConnectors
import TidemillFiles
import TidemillFormats

/// The format as it applies to one file, found once by whichever lane comes first.
final class FileFormat: Sendable {
  static let longestHeader = 1 << 20
  private let base: any RecordFormat
  private let found = Mutex<(any RecordFormat)?>(nil)

  init(_ base: any RecordFormat) { self.base = base }

  var hasHeader: Bool { base.hasHeader }

  /// The format without knowing a file; good for no bytes at all.
  var general: any RecordFormat { base }

  /// - Parameter end: how far the file may be read.
  func resolved(_ file: borrowing PosixFile, end: Int) throws -> any RecordFormat {
    guard base.hasHeader else { return base }
    if let known = found.withLock({ $0 }) { return known }
    let stop = min(end, Self.longestHeader)
    guard let length = try LineBoundary.firstNewline(file, 0..<stop) ?? (stop == end ? end : nil) else {
      throw TidemillError(
        .badInput, "\(file.path) has no line end in its first \(Self.longestHeader) bytes, so no header",
        hint: "check that the file is text with a header line")
    }
    let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: max(length, 1), alignment: 8)
    defer { memory.deallocate() }
    try file.readFully(into: UnsafeMutableRawBufferPointer(rebasing: memory[..<length]), at: 0)
    return try resolved(UnsafeRawBufferPointer(rebasing: memory[..<length]), of: file.path)
  }

  /// - Parameter header: the file's first line, without its line feed.
  func resolved(_ header: UnsafeRawBufferPointer, of path: String) throws -> any RecordFormat {
    guard base.hasHeader else { return base }
    if let known = found.withLock({ $0 }) { return known }
    let length = header.count
    let mark = length == 0 ? 0 : byteOrderMarkLength(header.baseAddress!, length)
    let isDOS = length > mark && header[length - 1] == UInt8(ascii: "\r")
    let line = UnsafeRawBufferPointer(rebasing: header[mark..<(isDOS ? length - 1 : length)])
    let format: any RecordFormat
    do {
      format = try line.withMemoryRebound(to: UInt8.self) { try base.withHeader($0) }
    } catch let error as TidemillError where error.code == .badInput {
      // One file that does not fit must not stop a stream for good: its rows are rejected, and say why.
      let nothing = try base.decode(
        UnsafeBufferPointer(start: nil, count: 0), origin: path, offset: 0, latest: .distantFuture)
      format = UnreadableFormat(schema: nothing.batch.schema, reason: error.message)
    }
    found.withLock { $0 = format }
    return format
  }
}

/// Three if the file's first bytes are UTF-8's byte order mark, which is no part of the first line; else zero.
func byteOrderMarkLength(_ base: UnsafeRawPointer, _ count: Int) -> Int {
  guard count >= 3 else { return 0 }
  let bytes = base.assumingMemoryBound(to: UInt8.self)
  return bytes[0] == 0xEF && bytes[1] == 0xBB && bytes[2] == 0xBF ? 3 : 0
}

/// A piece of one part of a slice. It owns the lines that begin in its nominal range, and finds their ends itself, so that
/// cutting a slice needs no I/O.
struct FileTask: ReadTask {
  var part: FilePart
  /// The part's file as the process opens it.
  var path: String
  var nominal: Range<Int>
  var format: FileFormat
  var pool: ReadBufferPool
  /// Through which the piece may be read in place; `nil` to copy it always.
  var windows: FileWindowPool?

  var partition: Int { 0 }

  func read(latest: EventTime) throws -> ReadResult {
    guard let file = try PosixFile(path: path) else { throw part.goneError(path) }
    try part.verify(file)
    if let result = try readInPlace(file, latest: latest) { return result }
    return try pool.withBuffer { buffer in
      guard let lines = try readLines(file, into: buffer) else {
        return try format.general.decode(bytes(buffer, 0..<0), origin: path, offset: nominal.lowerBound, latest: latest)
      }
      let format = try format.resolved(file, end: part.range.upperBound)
      let skipped = prefixLength(buffer, lines.range)
      var result = try format.decode(
        bytes(buffer, lines.range.lowerBound + skipped..<lines.range.upperBound), origin: path,
        offset: lines.offset + skipped, latest: latest)
      result.byteCount = lines.range.count
      let read = UnsafeRawBufferPointer(start: buffer.base + lines.range.lowerBound, count: lines.range.count)
      result.checksum = (part.path, Checksum.ofInput(read, seed: UInt64(lines.offset)))
      return result
    }
  }

  private func bytes(_ buffer: ReadBuffer, _ range: Range<Int>) -> UnsafeBufferPointer<UInt8> {
    UnsafeBufferPointer(
      start: (buffer.base + range.lowerBound).assumingMemoryBound(to: UInt8.self), count: range.count)
  }

  /// What precedes the first record of the file, if this piece has the file's beginning.
  private func prefixLength(_ buffer: ReadBuffer, _ lines: Range<Int>) -> Int {
    guard nominal.lowerBound == 0 else { return 0 }
    if format.hasHeader { return firstNewline(buffer.base, lines).map { $0 + 1 } ?? lines.count }
    return byteOrderMarkLength(buffer.base, lines.count)
  }

  /// Reads the lines that begin in the nominal range.
  ///
  /// - Returns: where they lie in the buffer, and where they begin in the file; `nil` when no line begins here.
  private func readLines(
    _ file: borrowing PosixFile, into buffer: ReadBuffer
  ) throws -> (range: Range<Int>, offset: Int)? {
    let begins = nominal.lowerBound == part.range.lowerBound
    // The byte before tells whether a line begins right at the nominal start.
    let readStart = begins ? nominal.lowerBound : nominal.lowerBound - 1
    var count = nominal.upperBound - readStart
    buffer.reserve(count, keeping: 0)
    try file.readFully(into: UnsafeMutableRawBufferPointer(start: buffer.base, count: count), at: readStart)
    var first = 0
    if !begins {
      guard let end = firstNewline(buffer.base, 0..<count - 1) else { return nil }
      first = end + 1
    }
    let lastByte = buffer.base.load(fromByteOffset: count - 1, as: UInt8.self)
    if nominal.upperBound < part.range.upperBound && lastByte != newline {
      count = try finishLine(file, buffer, readStart: readStart, count: count)
    }
    return (first..<count, readStart + first)
  }

  /// Reads on to the end of the line that the nominal end cuts.
  private func finishLine(
    _ file: borrowing PosixFile, _ buffer: ReadBuffer, readStart: Int, count: Int
  ) throws -> Int {
    var count = count
    var block = 4 << 10
    while readStart + count < part.range.upperBound {
      let length = min(block, part.range.upperBound - readStart - count)
      buffer.reserve(count + length, keeping: count)
      try file.readFully(
        into: UnsafeMutableRawBufferPointer(start: buffer.base + count, count: length), at: readStart + count)
      if let end = firstNewline(buffer.base, count..<count + length) { return end + 1 }
      count += length
      block = min(block * 2, 1 << 20)
    }
    return count
  }
}
