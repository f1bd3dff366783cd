import TidemillColumns

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// A file as a listing found it.
package struct ListedFile: Sendable {
  /// Relative to the root.
  package var path: String
  /// Of the path.
  package var hash: UInt64
  package var size: Int
  /// When it was written last, in nanoseconds since 1970.
  package var modified: Int64

  package init(path: String, hash: UInt64, size: Int, modified: Int64) {
    self.path = path
    self.hash = hash
    self.size = size
    self.modified = modified
  }
}

/// Finds the files that a path means.
package struct FileListing: Sendable {
  private enum Target: Sendable {
    case file(String)
    case tree(PathPattern)
  }

  private let target: Target
  let compression: Compression

  /// - Throws: when there is neither such a file nor such a directory. A glob need not match anything yet.
  package init(path: String, compression: Compression = .auto) throws {
    self.compression = compression
    if let status = try FileStatus(of: path) {
      switch status.kind {
      case .regular:
        try compression.check(path)
        target = .file(path)
      case .directory: target = .tree(PathPattern(directory: path))
      case .other:
        throw TidemillError(
          .badInput, "\(path) is neither a file nor a directory",
          hint: "read a pipe through standard input: FROM stdin")
      }
    } else if PathPattern.isGlob(path) {
      target = .tree(PathPattern(glob: path))
    } else {
      throw TidemillError(
        .badInput, "there is no file or directory \(path)",
        hint: "create it first, or name files that are yet to come with a glob such as '\(path)/*.json'")
    }
  }

  /// Whether the path is that of one file, which may be gone meanwhile.
  package var isOneFile: Bool { if case .file = target { true } else { false } }

  /// The path of a listed file for opening it and for messages.
  package func fullPath(_ relative: String) -> String {
    switch target {
    case .file(let path): path
    case .tree(let pattern): join(pattern.root, relative)
    }
  }

  /// All files, in byte order of their relative path.
  package func list() throws -> [ListedFile] {
    var found: [ListedFile] = []
    switch target {
    case .file(let path):
      if let status = try FileStatus(of: path), status.kind == .regular {
        let name = path.split(separator: "/").last.map(String.init) ?? path
        found.append(ListedFile(path: name, hash: StableHash.of(name), size: status.size, modified: status.modified))
      }
    case .tree(let pattern):
      if pattern.components.isEmpty {
        // Not an empty directory: forgetting all its files would read them again when it is back.
        guard try FileStatus(of: pattern.root)?.kind == .directory else {
          throw TidemillError(.io, "the directory \(pattern.root) is gone", hint: "put it back, then start again")
        }
        try collect(pattern.root, "", into: &found)
      } else {
        try walk(pattern, 0, "", into: &found)
      }
    }
    // Swift orders strings by Unicode's canonical order; the order here is that of the bytes.
    // So is what makes two paths the same: a disk may hold two whose letters are composed in other ways.
    found.sort { $0.path.utf8.lexicographicallyPrecedes($1.path.utf8) }
    if found.count > 1 {
      found =
        [found[0]]
        + found.indices.dropFirst().lazy.filter { !found[$0].path.utf8.elementsEqual(found[$0 - 1].path.utf8) }
        .map { found[$0] }
    }
    return found
  }

  /// What tells whether the files are still those that they are now: their paths, sizes, times and numbers on the disk; with how
  /// many there are.
  package func version() throws -> (bytes: [UInt8], count: Int) {
    var writer = ByteWriter()
    var count = 0
    for file in try list() {
      guard let status = try FileStatus(of: fullPath(file.path)) else { continue }
      count += 1
      writer.write(string: file.path)
      writer.write(varint: status.size)
      writer.write(status.modified)
      writer.write(status.inode)
    }
    return (writer.bytes, count)
  }

  /// The files of a directory that is read as a whole, and of its subdirectories called `key=value`.
  private func collect(_ root: String, _ relative: String, into found: inout [ListedFile]) throws {
    try forEachEntry(join(root, relative)) { name, status in
      let path = join(relative, name)
      switch status.kind {
      case .regular: try add(path, status, into: &found)
      case .directory: if name.contains("=") { try collect(root, path, into: &found) }
      case .other: break
      }
    }
  }

  private func walk(_ pattern: PathPattern, _ depth: Int, _ relative: String, into found: inout [ListedFile]) throws {
    let isLast = depth == pattern.components.count - 1
    switch pattern.components[depth] {
    case .pattern(let component):
      try forEachEntry(join(pattern.root, relative)) { name, status in
        guard PathPattern.matches(name, component) else { return }
        let path = join(relative, name)
        switch status.kind {
        case .regular: if isLast { try add(path, status, into: &found) }
        case .directory:
          if isLast {
            try collect(pattern.root, path, into: &found)
          } else {
            try walk(pattern, depth + 1, path, into: &found)
          }
        case .other: break
        }
      }
    case .anyDepth:
      if !isLast { try walk(pattern, depth + 1, relative, into: &found) }
      try forEachEntry(join(pattern.root, relative)) { name, status in
        let path = join(relative, name)
        switch status.kind {
        // A link may lead back up, and round and round.
        case .directory: if !isLink(join(pattern.root, path)) { try walk(pattern, depth, path, into: &found) }
        case .regular: if isLast { try add(path, status, into: &found) }
        case .other: break
        }
      }
    }
  }

  private func isLink(_ path: String) -> Bool {
    var status = stat()
    return lstat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFLNK
  }

  private func add(_ path: String, _ status: FileStatus, into found: inout [ListedFile]) throws {
    try compression.check(fullPath(path))
    found.append(ListedFile(path: path, hash: StableHash.of(path), size: status.size, modified: status.modified))
  }

  /// Calls `body` for what a directory holds, but for names that begin with `.` or `_`: those are not meant for readers.
  private func forEachEntry(_ directory: String, _ body: (String, FileStatus) throws -> Void) throws {
    let opened = directory.isEmpty ? "." : directory
    guard let handle = opendir(opened) else {
      // A glob's root need not be there yet, and a subdirectory may go at any time.
      if errno == ENOENT || errno == ENOTDIR { return }
      throw systemError("list", opened)
    }
    defer { closedir(handle) }
    while true {
      errno = 0
      guard let entry = readdir(handle) else {
        if errno != 0 { throw systemError("list", opened) }
        return
      }
      let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
        pointer.withMemoryRebound(to: CChar.self, capacity: MemoryLayout.size(ofValue: entry.pointee.d_name)) {
          String(validatingCString: $0)
        }
      }
      guard let name else {
        throw TidemillError(
          .badInput, "\(opened) holds a file whose name is not UTF-8", hint: "rename it, or leave it out with a glob")
      }
      if name.hasPrefix(".") || name.hasPrefix("_") { continue }
      var status = stat()
      guard fstatat(dirfd(handle), name, &status, 0) == 0 else {
        // Gone meanwhile, or a link to nothing.
        if errno == ENOENT { continue }
        throw systemError("look at", join(opened, name))
      }
      try body(name, FileStatus(status))
    }
  }
}

/// A name below a directory; either may be empty.
func join(_ directory: String, _ name: String) -> String {
  if directory.isEmpty { return name }
  if name.isEmpty { return directory }
  return directory.hasSuffix("/") ? directory + name : directory + "/" + name
}
