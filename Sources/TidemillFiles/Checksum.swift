import XXHashBridge

/// Checksums at the speed of memory, by xxHash. They find damage, not forgery.
public enum Checksum {
  /// XXH64 of bytes; different seeds give unrelated checksums.
  public static func of(_ bytes: [UInt8], seed: UInt64 = 0) -> UInt64 {
    bytes.withUnsafeBytes { of($0, seed: seed) }
  }

  /// XXH64 of the bytes in `range`, which must lie within `bytes`; nothing is copied.
  public static func of(_ bytes: [UInt8], in range: Range<Int>, seed: UInt64 = 0) -> UInt64 {
    bytes.withUnsafeBytes { of(UnsafeRawBufferPointer(rebasing: $0[range]), seed: seed) }
  }

  /// XXH64 of a buffer of any alignment; an empty one has one too.
  public static func of(_ bytes: UnsafeRawBufferPointer, seed: UInt64 = 0) -> UInt64 {
    tidemill_xxh64(bytes.baseAddress, bytes.count, seed)
  }

  /// XXH3, which takes half the time on long buffers: for what is read, as opposed to what is kept in our own files.
  public static func ofInput(_ bytes: UnsafeRawBufferPointer, seed: UInt64) -> UInt64 {
    tidemill_xxh3(bytes.baseAddress, bytes.count, seed)
  }
}
