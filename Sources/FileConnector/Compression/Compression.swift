import TidemillColumns

/// How the files of a source are compressed: option `compression`.
public enum Compression: String, CaseIterable, Sendable {
  /// As each file's name says: `.gz` is gzip, `.zst` is Zstandard, other names are plain.
  case auto
  /// Not at all, whatever their names.
  case none
  /// With gzip, all of them.
  case gzip
  /// With Zstandard, all of them.
  case zstd

  /// How the file of this name is compressed; `nil` for a plain one.
  func codec(of path: String) -> Codec? {
    switch self {
    case .auto: path.hasSuffix(".gz") ? .gzip : path.hasSuffix(".zst") ? .zstd : nil
    case .none: nil
    case .gzip: .gzip
    case .zstd: .zstd
    }
  }

  private static let refusedEndings = [
    ".bz2", ".xz", ".lz4", ".snappy", ".deflate", ".zip", ".parquet", ".orc", ".avro",
  ]

  /// - Throws: for a file that this build cannot read, by its name.
  func check(_ path: String) throws {
    if let codec = codec(of: path), !codec.isBuiltIn {
      throw TidemillError(
        .unsupported, "\(path): this tidemill was built without \(codec.name)",
        hint: "build it with the package trait \(codec.trait): swift build --traits \(codec.trait), or --enable-all-traits")
    }
    if self == .auto, let ending = Self.refusedEndings.first(where: { path.hasSuffix($0) }) {
      throw TidemillError(
        .unsupported, "\(path): files ending in \(ending) are not read",
        hint: "decompress it to plain lines, or leave it out with a glob such as 'dir/*.json'")
    }
  }
}

/// A format of compressed files. Each is behind a trait of the package, since each needs a library.
enum Codec: Sendable {
  case gzip, zstd

  var name: String {
    switch self {
    case .gzip: "gzip"
    case .zstd: "Zstandard"
    }
  }

  /// The package trait that brings its library.
  var trait: String {
    switch self {
    case .gzip: "Gzip"
    case .zstd: "Zstd"
    }
  }

  var isBuiltIn: Bool {
    switch self {
    case .gzip:
      #if Gzip
        true
      #else
        false
      #endif
    case .zstd:
      #if Zstd
        true
      #else
        false
      #endif
    }
  }

  func makeDecompressor() -> any Decompressor {
    switch self {
    case .gzip:
      #if Gzip
        return GzipDecompressor()
      #else
        preconditionFailure("a file that needs the trait Gzip was not refused")
      #endif
    case .zstd:
      #if Zstd
        return ZstdDecompressor()
      #else
        preconditionFailure("a file that needs the trait Zstd was not refused")
      #endif
    }
  }
}
