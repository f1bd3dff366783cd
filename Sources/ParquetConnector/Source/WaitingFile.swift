#if Lake
  import FileConnector

  /// A file that did not end as Parquet files do, as it was listed before it was looked into: another length or time says that
  /// someone wrote on.
  struct WaitingFile: Hashable, Sendable {
    private let size: Int
    private let modified: Int64

    init(_ file: ListedFile) {
      size = file.size
      modified = file.modified
    }
  }
#endif
