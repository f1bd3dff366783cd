#if Lake
  import DeltaLog
  import LakeFiles
  import ParquetConnector
  import TidemillColumns

  /// The data files of a table, to be read here and there instead of whole.
  struct TablePlace: ParquetPlace {
    let store: any LakeStore

    var isRemote: Bool { store is RemoteLakeStore }

    func fullPath(_ path: String) -> String { "\(store.description)/\(path)" }

    func open(_ path: String) throws -> (any ByteInput)? {
      do throws(ArrowFailure) {
        switch store {
        case is LocalLakeStore: return try LocalInput(path: fullPath(path))
        case let remote as RemoteLakeStore: return try remote.open(path)
        default: break
        }
      } catch {
        if error.kind == .notFound { return nil }
        throw TidemillError(
          .io, "\(fullPath(path)) cannot be opened: \(error)", hint: "check the path, the credentials and the store",
          isRetryable: error.kind == .io)
      }
      let bytes = try translating { () throws(LakeStoreError) in try store.readIfPresent(path) }
      return bytes.map { MemoryInput($0, name: fullPath(path)) }
    }
  }

  /// What a store answers, as an error that users see.
  func translating<Result>(_ work: () throws -> Result) throws -> Result {
    do { return try work() } catch let error as LakeStoreError {
      throw TidemillError(
        .io, "\(error)", hint: "start again when the place is in order: it goes on where it stopped",
        isRetryable: error.kind == .passing)
    }
  }
#endif
