#if Lake
  import DeltaLog
  import LakeFiles

  /// A folder of an object store, as tables need it.
  package struct RemoteLakeStore: LakeStore {
    private let store: RemoteStore

    package init(_ store: RemoteStore) { self.store = store }

    package var description: String { store.description }

    package func list(_ directory: String, after name: String?, recursive: Bool) throws(LakeStoreError) -> [LakeFile] {
      let entries = try translating("list", directory) { () throws(ArrowFailure) in
        try store.list(directory, recursive: recursive)
      }
      let first = name.map { directory.isEmpty ? $0 : "\(directory)/\($0)" }
      return entries.compactMap { entry in
        if let first, !first.utf8.lexicographicallyPrecedes(entry.path.utf8) { return nil }
        return LakeFile(path: entry.path, size: entry.size, modified: Int(entry.modified / 1_000_000))
      }
    }

    package func read(_ path: String) throws(LakeStoreError) -> [UInt8] {
      try translating("read", path) { () throws(ArrowFailure) in try store.read(path) }
    }

    /// A file that is read here and there.
    package func open(_ path: String) throws(ArrowFailure) -> RemoteInput { try store.open(path) }

    package func put(_ path: String, _ bytes: UnsafeRawBufferPointer) throws(LakeStoreError) {
      try translating("write", path) { () throws(ArrowFailure) in try store.put(path, bytes) }
    }

    package func putIfAbsent(_ path: String, _ bytes: UnsafeRawBufferPointer) throws(LakeStoreError) -> Bool {
      try translating("write", path) { () throws(ArrowFailure) in try store.putIfAbsent(path, bytes) }
    }

    package func delete(_ path: String) throws(LakeStoreError) {
      try translating("remove", path) { () throws(ArrowFailure) in try store.delete(path) }
    }

    private func translating<Result>(
      _ operation: String, _ path: String, _ work: () throws(ArrowFailure) -> Result
    ) throws(LakeStoreError) -> Result {
      do throws(ArrowFailure) { return try work() } catch {
        let kind: LakeStoreError.Kind =
          switch error.kind {
          case .notFound: .notFound
          case .io: .passing
          case .exists, .invalid, .outOfMemory, .unsupported: .lasting
          }
        throw LakeStoreError(kind, operation, "\(description)/\(path)", error.description)
      }
    }
  }
#endif
