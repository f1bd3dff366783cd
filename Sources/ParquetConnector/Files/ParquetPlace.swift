#if Lake
  import LakeFiles

  /// Where Parquet files are that are known by their paths.
  package protocol ParquetPlace: Sendable {
    /// Whether each look at it costs money and time.
    var isRemote: Bool { get }

    /// A file's path for messages.
    func fullPath(_ path: String) -> String

    /// The file, to be read here and there; `nil` when it is gone.
    func open(_ path: String) throws -> (any ByteInput)?
  }
#endif
