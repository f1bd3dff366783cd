/// A run of an input's lines in a file of its own.
struct SpoolSegment: Hashable, Sendable {
  /// The offset in the input of its first line.
  var start: Int
  /// Bytes of lines.
  var length: Int
  /// Bytes of the header that the file begins with, which are not counted in offsets.
  var headerLength = 0

  var end: Int { start + length }
}

/// Where the lines of an input lie that memory need not hold: files beside the epoch log.
protocol LineStore: Sendable {
  /// The segment that `offset` of the input lies in, or else the next one.
  func segment(from offset: Int) -> SpoolSegment?

  /// The header and the lines at `range` of the input, all in the segment that begins at `start`.
  func read(_ range: Range<Int>, segment start: Int) throws -> (header: ArraySlice<UInt8>, lines: ArraySlice<UInt8>)

  /// Makes everything that segments name durable.
  func sync() throws
}
