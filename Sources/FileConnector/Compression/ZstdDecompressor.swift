#if Zstd
  import CZstd

  /// Zstandard, frames with their checksums where they have them. A window of more than 128 MiB is refused, as zstd does.
  final class ZstdDecompressor: Decompressor {
    private let context: OpaquePointer
    private(set) var isBetweenMembers = true

    init() {
      guard let context = ZSTD_createDCtx() else { preconditionFailure("no memory for Zstandard") }
      self.context = context
    }

    deinit { ZSTD_freeDCtx(context) }

    func decompress(
      _ input: UnsafeRawBufferPointer, into output: UnsafeMutableRawBufferPointer
    ) throws(BadCompression) -> (read: Int, written: Int) {
      if isBetweenMembers && input.isEmpty { return (0, 0) }
      var from = ZSTD_inBuffer(src: input.baseAddress, size: input.count, pos: 0)
      var into = ZSTD_outBuffer(dst: output.baseAddress, size: output.count, pos: 0)
      let code = ZSTD_decompressStream(context, &into, &from)
      if ZSTD_isError(code) != 0 { throw BadCompression(reason: String(cString: ZSTD_getErrorName(code))) }
      isBetweenMembers = code == 0
      return (from.pos, into.pos)
    }
  }
#endif
