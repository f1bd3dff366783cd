import TidemillColumns
import TidemillConnectors

/// How bytes become rows: one record a line, `\n` or `\r\n` between them.
///
/// # Contract
/// - Rows do not depend on how the bytes were cut, so long as every cut is behind a `\n`.
/// - Any bytes give rows and rejections, never a trap; an empty line is neither.
public protocol RecordFormat: Sendable {
  /// Whether a file's first line names its columns.
  var hasHeader: Bool { get }

  /// The format as it applies to a file with this first line (without its line end).
  func withHeader(_ line: UnsafeBufferPointer<UInt8>) throws -> any RecordFormat

  /// Decodes whole lines.
  ///
  /// - Parameters:
  ///   - bytes: lines; the last one may lack its `\n`.
  ///   - origin: what the bytes are part of, for rejections.
  ///   - offset: where `bytes` begins in `origin`.
  ///   - latest: rows with a later event time are rejected with reason `.future`.
  func decode(
    _ bytes: UnsafeBufferPointer<UInt8>, origin: String, offset: Int, latest: EventTime
  ) throws -> ReadResult

  /// Whether `decodeInPlace` is likely to give something now. Asked before each piece.
  func wantsInPlace() -> Bool

  /// Decodes whole lines where they lie, though somebody may write there meanwhile: whatever the bytes change to, nothing is
  /// read beyond the first zero byte behind them, and nothing written that was not reserved. What comes out then is nonsense;
  /// who calls must find out that they changed, and forget it.
  ///
  /// - Parameter bytes: lines, each with its `\n`; behind them, there are at least 64 readable bytes and a zero byte.
  /// - Returns: what `decode` gives; `nil` when that takes a second look at some bytes.
  func decodeInPlace(
    _ bytes: UnsafeBufferPointer<UInt8>, origin: String, offset: Int, latest: EventTime
  ) throws -> ReadResult?
}

extension RecordFormat {
  public func wantsInPlace() -> Bool { false }
  public func decodeInPlace(
    _ bytes: UnsafeBufferPointer<UInt8>, origin: String, offset: Int, latest: EventTime
  ) throws -> ReadResult? { nil }
  public var hasHeader: Bool { false }
  public func withHeader(_ line: UnsafeBufferPointer<UInt8>) throws -> any RecordFormat { self }
}

/// How rows become bytes.
public protocol RecordWriter: Sendable {
  /// What a file begins with, such as CSV's header; mostly nothing.
  func header(_ schema: Schema) -> [UInt8]

  /// Appends some rows of `batch` to `block`, retractions marked as such. May be called by several threads at once, each with
  /// rows and a block of its own; in a format of files the text of all rows is that of their parts, one after the other.
  func append(_ batch: Batch, rows: Range<Int>, to block: Buffer<UInt8>)
}

extension RecordWriter {
  /// Appends the rows of `batch`, retractions marked as such.
  public func append(_ batch: Batch, to bytes: inout [UInt8]) {
    let block = Buffer<UInt8>(capacity: batch.count * (16 + 24 * batch.columns.count))
    append(batch, rows: 0..<batch.count, to: block)
    bytes.append(contentsOf: UnsafeBufferPointer(start: block.base, count: block.count))
  }
}
