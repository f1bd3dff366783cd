import TidemillColumns

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

let newline = UInt8(ascii: "\n")

/// The index of the first line end in `range` of the memory at `base`.
func firstNewline(_ base: UnsafeRawPointer, _ range: Range<Int>) -> Int? {
  guard !range.isEmpty, let found = memchr(base + range.lowerBound, Int32(newline), range.count) else { return nil }
  return UnsafeRawPointer(found) - base
}

/// Finds line ends in a file by reading around a place, not the whole file.
enum LineBoundary {
  private static let smallBlock = 4 << 10
  private static let largeBlock = 64 << 10

  /// Where a slice from `start` may end: behind the last line end at or before `wanted`, or else, when the line is longer
  /// than that, behind the next one before `size`; `nil` when there is none.
  ///
  /// - Parameter scanned: up to here `start...` is known to hold no line end.
  static func end(
    _ file: borrowing PosixFile, start: Int, scanned: Int, wanted: Int, size: Int
  ) throws -> Int? {
    if let last = try lastNewline(file, max(start, scanned)..<max(start, scanned, wanted)) { return last + 1 }
    return try firstNewline(file, max(start, scanned, wanted)..<max(start, scanned, size)).map { $0 + 1 }
  }

  static func firstNewline(_ file: borrowing PosixFile, _ range: Range<Int>) throws -> Int? {
    try withUnsafeTemporaryAllocation(byteCount: largeBlock, alignment: 8) { memory in
      var at = range.lowerBound
      while at < range.upperBound {
        let block = UnsafeMutableRawBufferPointer(rebasing: memory[..<min(largeBlock, range.upperBound - at)])
        try file.readFully(into: block, at: at)
        if let found = FileConnector.firstNewline(block.baseAddress!, 0..<block.count) { return at + found }
        at += block.count
      }
      return nil
    }
  }

  static func lastNewline(_ file: borrowing PosixFile, _ range: Range<Int>) throws -> Int? {
    try withUnsafeTemporaryAllocation(byteCount: largeBlock, alignment: 8) { memory in
      var end = range.upperBound
      var length = smallBlock
      while end > range.lowerBound {
        let block = UnsafeMutableRawBufferPointer(rebasing: memory[..<min(length, end - range.lowerBound)])
        try file.readFully(into: block, at: end - block.count)
        if let found = block.lastIndex(of: newline) { return end - block.count + found }
        end -= block.count
        length = largeBlock
      }
      return nil
    }
  }
}
