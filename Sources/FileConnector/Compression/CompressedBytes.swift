import TidemillColumns
import TidemillFiles

/// The text of a range of a compressed file, front to back. Memory is one block of the file and what its codec needs, however
/// much text the range holds.
final class CompressedBytes {
  let path: String
  private let file: PosixFile
  private let codec: Codec
  private let range: Range<Int>
  private let decompressor: any Decompressor
  private let block: UnsafeMutableRawBufferPointer
  /// What of the block is not decompressed yet.
  private var unread = 0..<0
  /// Where in the file the next block begins.
  private var next: Int
  private var taken = 0
  private var sum: UInt64 = 0

  private static let blockSize = 256 << 10

  /// - Parameter range: whole members; they are checked while they are read.
  init(_ file: consuming PosixFile, _ codec: Codec, _ range: Range<Int>) {
    path = file.path
    self.file = file
    self.codec = codec
    self.range = range
    next = range.lowerBound
    decompressor = codec.makeDecompressor()
    block = .allocate(byteCount: Self.blockSize, alignment: 64)
  }

  deinit { block.deallocate() }

  /// How many bytes of the file were read since the last time, and their checksum: sums of those of blocks, whose places in the
  /// range are always the same.
  func takeProgress() -> (count: Int, checksum: UInt64) {
    defer { (taken, sum) = (0, 0) }
    return (taken, sum)
  }

  /// Fills `target` with text.
  ///
  /// - Returns: how much there was; less than asked for only at the end of the range.
  /// - Throws: when the file has changed, is damaged, or ends within a member.
  func read(into target: UnsafeMutableRawBufferPointer) throws -> Int {
    var filled = 0
    while filled < target.count {
      if unread.isEmpty { try readBlock() }
      if unread.isEmpty && decompressor.isBetweenMembers { break }
      let step: (read: Int, written: Int)
      do {
        step = try decompressor.decompress(
          UnsafeRawBufferPointer(rebasing: block[unread]), into: UnsafeMutableRawBufferPointer(rebasing: target[filled...]))
      } catch {
        throw TidemillError(
          .badInput, "\(path) is damaged at about byte \(place) of its \(codec.name) data: \(error.reason)",
          hint: "put a good copy in its place and start with a new checkpoint, or leave the file out with a glob")
      }
      if step == (0, 0) { throw tornError() }
      unread = unread.lowerBound + step.read..<unread.upperBound
      filled += step.written
    }
    return filled
  }

  private var place: Int { next - unread.count }

  private func tornError() -> TidemillError {
    TidemillError(
      .badInput, "\(path) ends within its \(codec.name) data, at byte \(place): it was cut off, or not yet complete",
      hint: "give compressed files their names when they are complete: write them as '_name', then rename")
  }

  private func readBlock() throws {
    let count = min(Self.blockSize, range.upperBound - next)
    let target = UnsafeMutableRawBufferPointer(rebasing: block[..<count])
    try file.readFully(into: target, at: next)
    if count > 0 { sum &+= Checksum.of(UnsafeRawBufferPointer(target), seed: UInt64(next)) }
    next += count
    taken += count
    unread = 0..<count
  }
}
