import TidemillColumns

/// Text being written into a block of memory. Whoever writes asks for room first, so that no byte is checked on its own.
///
/// There are always `slack` bytes more than were asked for: short pieces are written as whole words, and what goes too far is
/// overwritten by the next piece.
struct ByteSink {
  /// How far a write may go beyond its own length.
  static let slack = 64

  private let buffer: Buffer<UInt8>
  /// Where the next byte goes.
  private(set) var cursor: UnsafeMutablePointer<UInt8>
  /// Up to here room may be given away.
  private var limit: UnsafeMutablePointer<UInt8>

  /// Goes on behind what `buffer` holds. Nobody else may use it until `finish`.
  init(_ buffer: Buffer<UInt8>) {
    self.buffer = buffer
    buffer.reserve(buffer.count + 2 * Self.slack)
    cursor = buffer.base + buffer.count
    limit = buffer.base + buffer.capacity - Self.slack
  }

  init(capacity: Int) { self.init(Buffer(capacity: capacity)) }

  var base: UnsafeMutablePointer<UInt8> { buffer.base }
  var count: Int { cursor - buffer.base }

  /// Tells the buffer how much was written.
  func finish() { buffer.count = count }

  /// Makes sure that `more` bytes can be written.
  @inline(__always)
  mutating func reserve(_ more: Int) {
    if limit - cursor < more { grow(more) }
  }

  @inline(never)
  private mutating func grow(_ more: Int) {
    let count = count
    buffer.count = count
    buffer.reserve(count + more + Self.slack)
    cursor = buffer.base + count
    limit = buffer.base + buffer.capacity - Self.slack
  }

  @inline(__always)
  mutating func write(_ byte: UInt8) {
    cursor.pointee = byte
    cursor += 1
  }

  /// The lowest `length` bytes of a word.
  @inline(__always)
  mutating func write(word: UInt64, length: Int) {
    UnsafeMutableRawPointer(cursor).storeBytes(of: word.littleEndian, as: UInt64.self)
    cursor += length
  }

  @inline(__always)
  mutating func write(_ bytes: UnsafePointer<UInt8>, _ length: Int) {
    UnsafeMutableRawPointer(cursor).copyMemory(from: bytes, byteCount: length)
    cursor += length
  }

  /// Bytes behind which `slack` more may be read: copied 16 at a time, which beats a call for the few that field names have.
  @inline(__always)
  mutating func write(padded bytes: UnsafePointer<UInt8>, _ length: Int) {
    let from = UnsafeRawPointer(bytes)
    let to = UnsafeMutableRawPointer(cursor)
    var index = 0
    repeat {
      to.storeBytes(
        of: from.loadUnaligned(fromByteOffset: index, as: SIMD2<UInt64>.self), toByteOffset: index, as: SIMD2<UInt64>.self)
      index += 16
    } while index < length
    cursor += length
  }

  @inline(__always)
  mutating func write(_ text: StaticString) { write(text.utf8Start, text.utf8CodeUnitCount) }

  /// Asks for room itself.
  mutating func write(_ bytes: [UInt8]) {
    reserve(bytes.count)
    bytes.withUnsafeBufferPointer { if let first = $0.baseAddress { write(first, $0.count) } }
  }

  func append(to bytes: inout [UInt8]) {
    bytes.append(contentsOf: UnsafeBufferPointer(start: base, count: count))
  }
}
