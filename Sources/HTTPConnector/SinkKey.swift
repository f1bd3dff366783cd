import TidemillColumns
import TidemillFiles

/// What tells the parts of one job from those of any other, and stays through restarts: the first half of idempotency keys.
///
/// It lies in the sink's directory in the checkpoint, with a description of how parts are made. When that has changed, the same
/// epoch may be cut otherwise, and no key may be the one of other rows: then there is a new one, and what the receiver already
/// has may come again.
enum SinkKey {
  private static let fileName = "key"

  /// - Parameters:
  ///   - directory: made if it is not there; `nil`: the key is of this run only.
  ///   - shape: how parts are made, in one line.
  static func load(_ directory: String?, _ files: any FileSystem, shape: String, new: () -> String) throws -> String {
    guard let directory else { return new() }
    try files.createDirectory(directory)
    let path = Paths.join(directory, fileName)
    if files.exists(path) {
      let lines = String(decoding: try files.read(path), as: UTF8.self).split(separator: "\n", omittingEmptySubsequences: false)
      if lines.count == 3, lines[1] == shape, !lines[0].isEmpty { return String(lines[0]) }
    }
    let key = new()
    // Whole and durable before anything is sent under it.
    let temporary = path + ".tmp"
    let file = try files.create(temporary)
    do {
      try file.write(Array("\(key)\n\(shape)\n".utf8))
      try file.sync()
    } catch {
      try? file.close()
      throw error
    }
    try file.close()
    try files.rename(temporary, to: path)
    try files.syncDirectory(directory)
    try files.syncDirectory(Paths.parent(of: directory))
    return key
  }

  /// 32 hexadecimal digits.
  static func random() -> String {
    var generator = SystemRandomNumberGenerator()
    return (0..<2).map { _ in
      let digits = String(generator.next() as UInt64, radix: 16)
      return String(repeating: "0", count: 16 - digits.count) + digits
    }.joined()
  }
}
