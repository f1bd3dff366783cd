@testable import FileConnector

#if Gzip
  import CZlib
#endif
#if Zstd
  import CZstd
#endif

extension Codec {
  /// Those that this build has.
  static let builtIn = [Codec.gzip, .zstd].filter(\.isBuiltIn)

  var ending: String {
    switch self {
    case .gzip: ".gz"
    case .zstd: ".zst"
    }
  }

  /// One member, with a checksum.
  func compress(_ text: String) -> [UInt8] {
    let bytes = Array(text.utf8)
    switch self {
    case .gzip:
      #if Gzip
        var stream = z_stream()
        let size = Int32(MemoryLayout<z_stream>.size)
        guard deflateInit2_(&stream, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY, ZLIB_VERSION, size) == Z_OK else {
          return []
        }
        defer { deflateEnd(&stream) }
        var input = bytes
        return input.withUnsafeMutableBufferPointer { input in
          let room = Int(deflateBound(&stream, UInt(input.count))) + 64
          return [UInt8](unsafeUninitializedCapacity: room) { output, count in
            stream.next_in = input.baseAddress
            stream.avail_in = UInt32(input.count)
            stream.next_out = output.baseAddress
            stream.avail_out = UInt32(output.count)
            precondition(deflate(&stream, Z_FINISH) == Z_STREAM_END)
            count = output.count - Int(stream.avail_out)
          }
        }
      #else
        return []
      #endif
    case .zstd:
      #if Zstd
        let context = ZSTD_createCCtx()
        defer { ZSTD_freeCCtx(context) }
        ZSTD_CCtx_setParameter(context, ZSTD_c_checksumFlag, 1)
        return [UInt8](unsafeUninitializedCapacity: ZSTD_compressBound(bytes.count)) { output, count in
          count = ZSTD_compress2(context, output.baseAddress, output.count, bytes, bytes.count)
          precondition(ZSTD_isError(count) == 0)
        }
      #else
        return []
      #endif
    }
  }
}
