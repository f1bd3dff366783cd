#if Gzip
  import CZlib

  /// gzip by zlib, members with their checksums.
  final class GzipDecompressor: Decompressor {
    private let stream = UnsafeMutablePointer<z_stream>.allocate(capacity: 1)
    private(set) var isBetweenMembers = true

    /// The largest window of deflate, and headers of gzip only.
    private static let windowBits: Int32 = 15 + 16

    init() {
      stream.initialize(to: z_stream())
      let code = inflateInit2_(stream, Self.windowBits, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size))
      precondition(code == Z_OK, "zlib does not start: \(code)")
    }

    deinit {
      inflateEnd(stream)
      stream.deallocate()
    }

    func decompress(
      _ input: UnsafeRawBufferPointer, into output: UnsafeMutableRawBufferPointer
    ) throws(BadCompression) -> (read: Int, written: Int) {
      if isBetweenMembers {
        if input.isEmpty { return (0, 0) }
        inflateReset(stream)
        isBetweenMembers = false
      }
      let available = (input: UInt32(clamping: input.count), output: UInt32(clamping: output.count))
      stream.pointee.next_in = UnsafeMutablePointer(
        mutating: input.baseAddress?.assumingMemoryBound(to: UInt8.self))
      stream.pointee.avail_in = available.input
      stream.pointee.next_out = output.baseAddress?.assumingMemoryBound(to: UInt8.self)
      stream.pointee.avail_out = available.output
      switch inflate(stream, Z_NO_FLUSH) {
      case Z_STREAM_END: isBetweenMembers = true
      // Nothing more can be done for now.
      case Z_OK, Z_BUF_ERROR: break
      case let code: throw BadCompression(reason: stream.pointee.msg.map { String(cString: $0) } ?? "zlib's error \(code)")
      }
      return (Int(available.input - stream.pointee.avail_in), Int(available.output - stream.pointee.avail_out))
    }
  }
#endif
