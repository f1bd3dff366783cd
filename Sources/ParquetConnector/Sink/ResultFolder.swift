#if Lake
  import LakeFiles
  import TidemillColumns
  import TidemillFiles

  /// Where a sink's files go: each is there whole or not at all. Paths are relative to the folder.
  protocol ResultFolder: Sendable {
    /// For messages.
    var description: String { get }

    /// Makes the folder, if need be, and gives all that is in it and in its subfolders called `key=value`.
    func open() throws -> [String]

    /// Writes a file, in place of one of its name: `body` gives its bytes, one after the other.
    func write(_ path: String, _ body: (_ write: (UnsafeRawBufferPointer) throws -> Void) throws -> Void) throws

    /// Removes a file.
    func remove(_ path: String) throws

    /// Makes durable that files were written or removed.
    func settle(_ paths: [String]) throws
  }

  /// The name that a file has while it is written, where stores have none for that.
  private func draft(_ path: String) -> String {
    let name = Paths.name(of: path)
    return path == name ? "_tmp-" + name : Paths.join(Paths.parent(of: path), "_tmp-" + name)
  }

  /// A directory. Files are written under names that readers leave out, made durable, and renamed.
  struct LocalResultFolder: ResultFolder {
    private let root: String
    private let files: any FileSystem
    private let syncs: Bool

    /// - Parameter syncs: without, the last files may be empty or gone after a power failure.
    init(_ root: String, files: any FileSystem, syncs: Bool) {
      self.root = Paths.normalize(root)
      self.files = files
      self.syncs = syncs
    }

    var description: String { root }

    private func full(_ path: String) -> String { path.isEmpty ? root : Paths.join(root, path) }

    func open() throws -> [String] {
      try files.createDirectory(root)
      var found: [String] = []
      try list("", into: &found)
      return found
    }

    private func list(_ folder: String, into found: inout [String]) throws {
      for name in try files.names(in: full(folder)) {
        let path = folder.isEmpty ? name : Paths.join(folder, name)
        // Someone may have put a file there that is called so.
        if name.contains("="), files.isDirectory(full(path)) { try list(path, into: &found) } else { found.append(path) }
      }
    }

    func write(_ path: String, _ body: (_ write: (UnsafeRawBufferPointer) throws -> Void) throws -> Void) throws {
      let target = full(path)
      try files.createDirectory(Paths.parent(of: target))
      let draft = full(draft(path))
      let file = try files.create(draft)
      do {
        try body { try file.write($0) }
        if syncs { try file.sync() }
      } catch {
        // The error that matters is the one at hand; the rest is removed when the sink is opened again.
        try? file.close()
        throw error
      }
      try file.close()
      try files.rename(draft, to: target)
    }

    func remove(_ path: String) throws { try files.remove(full(path)) }

    func settle(_ paths: [String]) throws {
      if !syncs { return }
      // Those above, too: the process that made a directory may have been killed before it made that durable.
      var folders: [[UInt8]: String] = [[]: root]
      for path in paths {
        var folder = path
        while folder.utf8.contains(UInt8(ascii: "/")) {
          folder = Paths.parent(of: folder)
          folders[Array(folder.utf8)] = full(folder)
        }
      }
      for folder in folders.values.sorted(by: Paths.inByteOrder) { try files.syncDirectory(folder) }
    }
  }

  /// A folder of an object store, where an object is there once it is whole, and durable then.
  struct RemoteResultFolder: ResultFolder {
    private let store: RemoteStore

    init(_ store: RemoteStore) { self.store = store }

    var description: String { store.description }

    func open() throws -> [String] {
      try translating("listed", "") {
        try store.list("", recursive: true).map(\.path).filter { path in
          path.split(separator: "/").dropLast().allSatisfy { $0.contains("=") }
        }
      }
    }

    func write(_ path: String, _ body: (_ write: (UnsafeRawBufferPointer) throws -> Void) throws -> Void) throws {
      try translating("written", path) {
        let output = try store.create(path)
        try body { try output.write($0) }
        try output.close()
      }
    }

    func remove(_ path: String) throws { try translating("removed", path) { try store.delete(path) } }

    func settle(_ paths: [String]) {}

    private func translating<Result>(_ action: String, _ path: String, _ work: () throws -> Result) throws -> Result {
      do { return try work() } catch let failure as ArrowFailure {
        throw TidemillError(
          .io, "\(path.isEmpty ? description : "\(description)/\(path)") cannot be \(action): \(failure)",
          hint: "check the store and the options s3.…; the job goes on from its checkpoint", isRetryable: failure.kind == .io)
      }
    }
  }
#endif
