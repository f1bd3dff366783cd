/// A sample of what a file holds in a byte range, by which a later reader notices that it is not what it was.
///
/// The sample is the length of the range, its first 4 KiB and its last 4 KiB. Detected: anything that moves or changes these
/// bytes, so a file that was rotated, restored from something else, or written anew. Not detected: a change in place in the
/// middle of a long range; the checksums that the runtime keeps with each epoch tell that when the range is read again.
enum Fingerprint {
  static let sampleLength = 4096

  static func of(_ file: borrowing PosixFile, _ range: Range<Int>) throws -> UInt64 {
    var hash = StableHash()
    hash.combine(UInt64(range.count))
    try withUnsafeTemporaryAllocation(byteCount: 2 * sampleLength, alignment: 8) { memory in
      if range.count <= 2 * sampleLength {
        let part = UnsafeMutableRawBufferPointer(rebasing: memory[0..<range.count])
        try file.readFully(into: part, at: range.lowerBound)
        hash.combine(UnsafeRawBufferPointer(part))
      } else {
        try file.readFully(
          into: UnsafeMutableRawBufferPointer(rebasing: memory[..<sampleLength]), at: range.lowerBound)
        try file.readFully(
          into: UnsafeMutableRawBufferPointer(rebasing: memory[sampleLength...]), at: range.upperBound - sampleLength)
        hash.combine(UnsafeRawBufferPointer(memory))
      }
    }
    return hash.value
  }
}
