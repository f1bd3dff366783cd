import TidemillFiles

/// The first line in which what a checkpoint belongs to differs from what wants to open it.
public struct IdentityDifference: Hashable, Sendable, CustomStringConvertible {
  /// From 1.
  public var line: Int
  /// The checkpoint's line; `nil` if its text ends before.
  public var stored: String?
  /// The line of the query at hand; `nil` if its text ends before.
  public var given: String?

  /// A difference at `line`, from 1; `between(stored:given:)` finds it.
  public init(line: Int, stored: String?, given: String?) {
    self.line = line
    self.stored = stored
    self.given = given
  }

  /// Compares two canonical texts line by line; `nil` if they are the same, but for line ends at the end.
  public static func between(stored: String, given: String) -> IdentityDifference? {
    let storedLines = lines(of: stored)
    let givenLines = lines(of: given)
    for index in 0..<max(storedLines.count, givenLines.count) {
      let stored = index < storedLines.count ? storedLines[index] : nil
      let given = index < givenLines.count ? givenLines[index] : nil
      // Bytes, not Unicode equivalence: two spellings of a path are two paths.
      if stored.map({ Array($0.utf8) }) != given.map({ Array($0.utf8) }) {
        return IdentityDifference(line: index + 1, stored: stored, given: given)
      }
    }
    return nil
  }

  private static func lines(of text: String) -> [String] {
    var lines = text.utf8.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).map { String(Substring($0)) }
    while lines.last == "" { lines.removeLast() }
    return lines
  }

  public var description: String {
    switch (stored, given) {
    case (let stored?, let given?): "line \(line) is '\(stored)' there and '\(given)' here"
    case (let stored?, nil): "line \(line), '\(stored)', is only there"
    case (nil, let given?): "line \(line), '\(given)', is only here"
    case (nil, nil): "line \(line)"
    }
  }
}

/// The file that says whose a checkpoint is.
struct CheckpointIdentity {
  let directory: String
  let fileSystem: any FileSystem

  private var path: String { Paths.join(directory, CheckpointFormat.identityName) }

  /// Writes the identity of a new checkpoint.
  func write(_ identity: String) throws {
    let temporary = path + CheckpointFormat.temporarySuffix
    var text = "\(CheckpointFormat.identityTitle)\(CheckpointFormat.version)\n\(identity)"
    if text.utf8.last != UInt8(ascii: "\n") { text += "\n" }
    let file = try fileSystem.create(temporary)
    try file.write(Array(text.utf8))
    try file.sync()
    try file.close()
    try fileSystem.rename(temporary, to: path)
    try fileSystem.syncDirectory(directory)
  }

  /// Checks that the checkpoint is of this format and belongs to `identity`.
  func check(_ identity: String) throws {
    guard let text = String(validating: try fileSystem.read(path), as: UTF8.self),
      text.hasPrefix(CheckpointFormat.identityTitle),
      let end = text.utf8.firstIndex(of: UInt8(ascii: "\n")),
      let version = UInt32(text[..<end].dropFirst(CheckpointFormat.identityTitle.count)), version > 0
    else {
      throw StorageError.damaged(path, at: 0, "it should begin with '\(CheckpointFormat.identityTitle)1'")
    }
    if version > CheckpointFormat.version { throw StorageError.newerFormat(path, version) }
    let stored = String(text[text.utf8.index(after: end)...])
    if let difference = IdentityDifference.between(stored: stored, given: identity) {
      throw StorageError(
        .otherIdentity(difference), "checkpoint '\(directory)' belongs to another query: \(difference)",
        hint: "use another checkpoint directory, or the query that this one was made with")
    }
  }
}
