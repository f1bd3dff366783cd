/// The files and names of a simulated file system, with what of them is durable.
struct SimulatedDisk {
  /// A change of names, not durable before its directory is synced.
  private enum NameChange {
    case link(String, file: Int)
    case rename(String, String, file: Int)
    case unlink(String)
  }

  private var contents: [Int: SimulatedContent] = [:]
  private var nextFile = 0
  private var current: [String: Int] = [:]
  private var durable: [String: Int] = [:]
  private var pending: [String: [NameChange]] = [:]
  private var directories: Set<String> = [".", "/"]
  /// Bytes that may still be written; `nil` for no limit.
  var room: Int?
  var losesSectors = false

  mutating func createDirectory(_ path: String) throws {
    if current[path] != nil { throw FileError.notFound(.createDirectory, path) }
    var path = path
    while directories.insert(path).inserted { path = Paths.parent(of: path) }
  }

  /// The file of that name, made if there is none.
  mutating func open(_ path: String, for operation: FileOperation) throws -> Int {
    if let file = current[path] { return file }
    let directory = try directory(of: path, for: operation)
    let file = nextFile
    nextFile += 1
    contents[file] = SimulatedContent()
    current[path] = file
    pending[directory, default: []].append(.link(path, file: file))
    return file
  }

  mutating func append(_ bytes: [UInt8], to file: Int, _ path: String) throws {
    let fitting = min(bytes.count, room ?? .max)
    contents[file]?.append(fitting == bytes.count ? bytes : Array(bytes.prefix(fitting)))
    room? -= fitting
    if fitting < bytes.count { throw FileError.diskFull(path) }
  }

  mutating func truncate(_ path: String, to length: Int) throws {
    let file = try file(path, for: .truncate)
    room? += (contents[file]?.current.count ?? 0) - length
    contents[file]?.truncate(to: length)
  }

  mutating func sync(_ file: Int) { contents[file]?.sync() }

  mutating func syncDirectory(_ path: String) throws {
    guard directories.contains(path) else { throw FileError.notFound(.syncDirectory, path) }
    for change in pending.removeValue(forKey: path) ?? [] { apply(change) }
  }

  mutating func rename(_ path: String, to newPath: String) throws {
    let file = try file(path, for: .rename)
    let directory = try directory(of: newPath, for: .rename)
    current[path] = nil
    current[newPath] = file
    pending[directory, default: []].append(.rename(path, newPath, file: file))
  }

  mutating func remove(_ path: String) throws {
    let file = try file(path, for: .remove)
    room? += contents[file]?.current.count ?? 0
    current[path] = nil
    pending[Paths.parent(of: path), default: []].append(.unlink(path))
  }

  mutating func flip(_ mask: UInt8, at offset: Int, of path: String) throws {
    contents[try file(path, for: .write)]?.flip(mask, at: offset)
  }

  func read(_ path: String) throws -> [UInt8] {
    contents[try file(path, for: .read)]?.current ?? []
  }

  func exists(_ path: String) -> Bool { current[path] != nil || directories.contains(path) }

  func isDirectory(_ path: String) -> Bool { directories.contains(path) }

  func names(in path: String) throws -> [String] {
    guard directories.contains(path) else { throw FileError.notFound(.list, path) }
    return (Array(current.keys) + directories)
      .filter { Paths.parent(of: $0) == path && $0 != path }
      .map { Paths.name(of: $0) }
      .sorted(by: Paths.inByteOrder)
  }

  /// The power goes: each pending change of a name survives or not, each file keeps what `SimulatedContent.crash` leaves.
  mutating func crash(using random: inout SplitMix64) {
    for directory in pending.keys.sorted(by: Paths.inByteOrder) {
      for change in pending[directory] ?? [] where Bool.random(using: &random) { apply(change) }
    }
    pending.removeAll()
    current = durable
    let named = Set(durable.values)
    for file in contents.keys.sorted() {
      if named.contains(file) {
        contents[file]?.crash(using: &random, losesSectors: losesSectors)
      } else {
        contents[file] = nil
      }
    }
  }

  private mutating func apply(_ change: NameChange) {
    switch change {
    case .link(let path, let file): durable[path] = file
    case .unlink(let path): durable[path] = nil
    case .rename(let path, let newPath, let file):
      durable[path] = nil
      durable[newPath] = file
    }
  }

  private func file(_ path: String, for operation: FileOperation) throws -> Int {
    guard let file = current[path] else { throw FileError.notFound(operation, path) }
    return file
  }

  private func directory(of path: String, for operation: FileOperation) throws -> String {
    let directory = Paths.parent(of: path)
    guard directories.contains(directory) else { throw FileError.notFound(operation, path) }
    return directory
  }
}
