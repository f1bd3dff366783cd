#if Lake
  import FileConnector
  import LakeFiles
  import TidemillColumns
  import TidemillConnectors

  /// The Parquet files that a path means: one file, a directory with its subdirectories called `key=value`, or a glob; on a disk or in
  /// an object store. Names that begin with `.` or `_` are not meant.
  package struct ParquetFolder: ParquetPlace {
    private enum Place: Sendable {
      case local(FileListing)
      case remote(RemoteStore, PathPattern)
    }

    private let place: Place
    /// The path as it was given, without credentials.
    package let path: String

    /// - Throws: when there is neither such a file nor such a directory. A glob need not match anything yet.
    package init(path: String, options: RemoteStore.Options = RemoteStore.Options()) throws {
      guard var location = StoreLocation(path) else {
        let directory = StoreLocation.directory(path)
        if let scheme = directory.firstRange(of: "://") {
          throw TidemillError(
            .unsupported, "there are no files at \(directory[..<scheme.upperBound])…",
            hint: "give a directory, or a place such as s3://bucket/folder")
        }
        self.path = directory
        place = .local(try FileListing(path: directory, compression: .none))
        return
      }
      self.path = location.description
      let pattern = PathPattern.isGlob(location.path) ? PathPattern(glob: location.path) : PathPattern(glob: "")
      if PathPattern.isGlob(location.path) { location.path = pattern.root }
      do {
        place = .remote(try RemoteStore(location, options: options), pattern)
      } catch {
        throw TidemillError(.io, "\(self.path) cannot be reached: \(error)", hint: "check the options s3.…")
      }
    }

    /// Whether each look at it costs money and time.
    package var isRemote: Bool { if case .remote = place { true } else { false } }

    /// All files, in byte order of their paths.
    package func list() throws -> [ListedFile] {
      switch place {
      case .local(let listing): return try listing.list()
      case .remote(let store, let pattern):
        return try objects(store, pattern).map { entry in
          let hash = StableHash.of(entry.path.isEmpty ? store.description : entry.path)
          return ListedFile(path: entry.path, hash: hash, size: entry.size, modified: entry.modified)
        }
      }
    }

    /// What tells whether the files are still those that they are now, by their paths, sizes and times.
    ///
    /// - Throws: also when the path is that of one file or folder, and there is none: someone who is about to put another in its
    ///   place does not mean that there are no rows.
    func version() throws -> TableVersion {
      let bytes: [UInt8]
      let count: Int
      switch place {
      case .local(let listing): (bytes, count) = try listing.version()
      case .remote(let store, let pattern):
        var writer = ByteWriter()
        let entries = try objects(store, pattern)
        for entry in entries {
          writer.write(string: entry.path)
          writer.write(varint: entry.size)
          writer.write(entry.modified)
        }
        (bytes, count) = (writer.bytes, entries.count)
      }
      if try count == 0 && !isThere() {
        throw TidemillError(
          .io, "there is no file or directory \(path)", hint: "put it back; or read what comes and goes by a glob")
      }
      return TableVersion(bytes, text: count == 1 ? "1 file" : "\(count) files")
    }

    /// Whether there is what the path names, perhaps without any file; a glob names nothing that must be there.
    private func isThere() throws -> Bool {
      switch place {
      case .local(let listing): return !listing.isOneFile
      case .remote(let store, let pattern):
        if !pattern.components.isEmpty { return true }
        do throws(ArrowFailure) { return try store.exists("") } catch { throw self.error("looked at", error, path) }
      }
    }

    /// All objects that are meant, in byte order of their paths; a single one has the empty path.
    private func objects(_ store: RemoteStore, _ pattern: PathPattern) throws -> [RemoteStore.Entry] {
      do throws(ArrowFailure) {
        if pattern.components.isEmpty, let single = try store.status("") { return [single] }
        return try store.list("", recursive: true).filter { entry in
          Self.isMeant(entry.path.split(separator: "/").map(String.init)[...], pattern.components[...])
        }
      } catch { throw self.error("listed", error, path) }
    }

    /// Whether a file's path matches a pattern; without one, whether it lies in the folder or in subfolders called `key=value`.
    private static func isMeant(_ path: ArraySlice<String>, _ pattern: ArraySlice<PathPattern.Component>) -> Bool {
      guard let name = path.first, !name.hasPrefix("."), !name.hasPrefix("_") else { return false }
      let rest = path.dropFirst()
      guard let first = pattern.first else { return rest.isEmpty || name.contains("=") && isMeant(rest, pattern) }
      switch first {
      case .pattern(let component):
        guard PathPattern.matches(name, component) else { return false }
        if rest.isEmpty { return pattern.count == 1 }
        // What matches the whole pattern and is a folder is read as a whole.
        return isMeant(rest, pattern.dropFirst())
      case .anyDepth:
        if isMeant(path, pattern.dropFirst()) && pattern.count > 1 { return true }
        return rest.isEmpty ? pattern.count == 1 : isMeant(rest, pattern)
      }
    }

    /// A file's path for messages.
    package func fullPath(_ relative: String) -> String {
      switch place {
      case .local(let listing): listing.fullPath(relative)
      case .remote(let store, _): relative.isEmpty ? store.description : "\(store.description)/\(relative)"
      }
    }

    /// The file, to be read here and there; `nil` when it is gone.
    package func open(_ relative: String) throws -> (any ByteInput)? {
      do throws(ArrowFailure) {
        switch place {
        case .local(let listing): return try LocalInput(path: listing.fullPath(relative))
        case .remote(let store, _): return try store.open(relative)
        }
      } catch {
        if error.kind == .notFound { return nil }
        throw self.error("opened", error, fullPath(relative))
      }
    }

    func error(_ action: String, _ failure: ArrowFailure, _ path: String) -> TidemillError {
      TidemillError(.io, "\(path) cannot be \(action): \(failure)", hint: "check the path, the credentials and the store")
    }
  }
#endif
