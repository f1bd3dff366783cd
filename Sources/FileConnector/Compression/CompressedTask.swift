import TidemillColumns
import TidemillConnectors
import TidemillFormats

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// A part of a slice that is whole members of a compressed file. Nobody knows where in them a line begins before all of them up to
/// there is decompressed, so one task reads them front to back, a batch at a time.
struct CompressedTask: ReadTask {
  var part: FilePart
  /// The part's file as the process opens it.
  var path: String
  var codec: Codec
  var format: FileFormat

  var partition: Int { 0 }

  func read(latest: EventTime) throws -> ReadResult {
    guard let file = try PosixFile(path: path) else { throw part.goneError(path) }
    try part.verify(file)
    return try CompressedLines(part, CompressedBytes(file, codec, part.range), codec, format).next(latest: latest)
  }
}

/// What is left of a compressed part: read once, by one lane at a time.
private struct CompressedRest: ReadTask {
  let lines: CompressedLines

  var partition: Int { 0 }

  func read(latest: EventTime) throws -> ReadResult { try lines.next(latest: latest) }
}

/// The lines of a compressed part, batch by batch.
final class CompressedLines: @unchecked Sendable {
  // Handed from one lane to the next, never shared by two.

  private let part: FilePart
  private let bytes: CompressedBytes
  private let codec: Codec
  private let fileFormat: FileFormat
  private var format: (any RecordFormat)?
  private let buffer = ReadBuffer(capacity: batchSize)
  /// The beginning of a line whose end is still to come, at the buffer's beginning.
  private var carried = 0
  /// Where the buffer's beginning lies in the text; counted on from the part's place in the file.
  private var offset: Int

  /// About how much text becomes one batch.
  private static let batchSize = 1 << 20
  /// A few bytes can stand for gigabytes of one line; nobody means that.
  static let longestLine = 64 << 20

  init(_ part: FilePart, _ bytes: CompressedBytes, _ codec: Codec, _ format: FileFormat) {
    self.part = part
    self.bytes = bytes
    self.codec = codec
    fileFormat = format
    offset = part.range.lowerBound
  }

  /// The next lines; the result says what is left of them.
  func next(latest: EventTime) throws -> ReadResult {
    let isFirst = format == nil
    let (count, isEnd) = try fill()
    let text = UnsafeRawBufferPointer(start: buffer.base, count: count)
    let end = isEnd ? count : text.lastIndex(of: newline)! + 1
    var start = 0
    if isFirst {
      format = try resolvedFormat(text)
      if part.range.lowerBound == 0 {
        start =
          fileFormat.hasHeader
          ? firstNewline(buffer.base, 0..<end).map { $0 + 1 } ?? end : byteOrderMarkLength(buffer.base, end)
      }
    }
    let lines = UnsafeBufferPointer(
      start: (buffer.base + start).assumingMemoryBound(to: UInt8.self), count: end - start)
    var result = try format!.decode(lines, origin: bytes.path, offset: offset + start, latest: latest)
    let progress = bytes.takeProgress()
    result.byteCount = progress.count
    result.checksum = (part.path, progress.checksum)
    if !isEnd {
      carried = count - end
      memmove(buffer.base, buffer.base + end, carried)
      offset += end
      result.rest = CompressedRest(lines: self)
    }
    return result
  }

  /// Fills the buffer until it holds a line's end, or all that is left.
  private func fill() throws -> (count: Int, isEnd: Bool) {
    var count = carried
    while true {
      let wanted = max(Self.batchSize, 2 * count)
      buffer.reserve(wanted, keeping: count)
      let target = UnsafeMutableRawBufferPointer(start: buffer.base + count, count: wanted - count)
      let read = try bytes.read(into: target)
      count += read
      if count < wanted { return (count, true) }
      if firstNewline(target.baseAddress!, 0..<target.count) != nil { return (count, false) }
      if count > Self.longestLine {
        throw TidemillError(
          .badInput, "\(bytes.path) holds a line of more than \(Self.longestLine >> 20) MiB, at byte \(offset) of its text",
          hint: "check that it is text; leave it out with a glob")
      }
    }
  }

  private func resolvedFormat(_ text: UnsafeRawBufferPointer) throws -> any RecordFormat {
    guard fileFormat.hasHeader else { return fileFormat.general }
    if part.range.lowerBound == 0 {
      if text.isEmpty { return fileFormat.general }
      let length = firstNewline(text.baseAddress!, 0..<text.count) ?? text.count
      return try fileFormat.resolved(UnsafeRawBufferPointer(rebasing: text[..<length]), of: bytes.path)
    }
    // Members that were added later: the header is in the first ones.
    guard let file = try PosixFile(path: bytes.path) else { throw part.goneError(bytes.path) }
    let head = try CompressedBytes(file, codec, 0..<part.range.lowerBound).beginning(FileFormat.longestHeader)
    return try head.withUnsafeBytes { head in
      let length = head.firstIndex(of: newline) ?? head.count
      return try fileFormat.resolved(UnsafeRawBufferPointer(rebasing: head[..<length]), of: bytes.path)
    }
  }
}

extension CompressedBytes {
  /// At most `limit` bytes of text.
  func beginning(_ limit: Int) throws -> [UInt8] {
    try [UInt8](unsafeUninitializedCapacity: limit) { target, count in
      count = try read(into: UnsafeMutableRawBufferPointer(target))
    }
  }
}
