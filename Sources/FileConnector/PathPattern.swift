/// What the `path` of a file source means: one file, a directory, or a glob.
///
/// In a glob `*` stands for any characters of one name, `?` for one, `[a-z]` for one of a set (`[!…]` for one not in it), and
/// a component `**` for any number of directories.
package struct PathPattern: Hashable, Sendable {
  package enum Component: Hashable, Sendable {
    case pattern([UInt8])
    case anyDepth
  }

  /// The directory that relative paths start from; empty for the working directory.
  package var root: String
  /// What follows the root; empty for a directory that is read as a whole.
  package var components: [Component]

  /// A glob, cut into its fixed beginning and the rest.
  package init(glob: String) {
    var parts = glob.split(separator: "/", omittingEmptySubsequences: true).map(String.init)[...]
    var fixed: [String] = []
    while let part = parts.first, !Self.isGlob(part) {
      fixed.append(part)
      parts = parts.dropFirst()
    }
    root = (glob.hasPrefix("/") ? "/" : "") + fixed.joined(separator: "/")
    components = parts.map { $0 == "**" ? .anyDepth : .pattern(Array($0.utf8)) }
  }

  init(directory: String) {
    var path = directory[...]
    while path.count > 1 && path.hasSuffix("/") { path = path.dropLast() }
    root = String(path)
    components = []
  }

  package static func isGlob(_ path: String) -> Bool { path.utf8.contains { $0 == 0x2A || $0 == 0x3F || $0 == 0x5B } }

  /// Whether `name` matches the pattern of one component.
  package static func matches(_ name: String, _ pattern: [UInt8]) -> Bool {
    let name = Array(name.utf8)
    var at = 0
    var place = 0
    // Where to go on when a `*` must take one character more.
    var retry: (at: Int, place: Int)?
    while at < name.count {
      if place < pattern.count, pattern[place] == UInt8(ascii: "*") {
        retry = (at, place)
        place += 1
      } else if let next = matchesOne(name, &at, pattern, place) {
        place = next
      } else if let from = retry {
        retry = (from.at + 1, from.place)
        at = from.at + 1
        place = from.place + 1
      } else {
        return false
      }
    }
    while place < pattern.count, pattern[place] == UInt8(ascii: "*") { place += 1 }
    return place == pattern.count
  }

  /// Matches one character; moves `at` behind it and returns the pattern's next place.
  private static func matchesOne(_ name: [UInt8], _ at: inout Int, _ pattern: [UInt8], _ place: Int) -> Int? {
    guard place < pattern.count else { return nil }
    switch pattern[place] {
    case UInt8(ascii: "?"):
      at += 1
      // One character, not one byte.
      while at < name.count && name[at] & 0xC0 == 0x80 { at += 1 }
      return place + 1
    case UInt8(ascii: "["):
      guard let (isMember, next) = matchesSet(name[at], pattern, place) else { fallthrough }
      if !isMember { return nil }
      at += 1
      return next
    default:
      if pattern[place] != name[at] { return nil }
      at += 1
      return place + 1
    }
  }

  /// - Returns: `nil` when the bracket is never closed, so stands for itself.
  private static func matchesSet(_ byte: UInt8, _ pattern: [UInt8], _ open: Int) -> (Bool, Int)? {
    var place = open + 1
    var isNegated = false
    if place < pattern.count, pattern[place] == UInt8(ascii: "!") || pattern[place] == UInt8(ascii: "^") {
      isNegated = true
      place += 1
    }
    var isMember = false
    let firstMember = place
    while place < pattern.count {
      if pattern[place] == UInt8(ascii: "]") && place > firstMember { return (isMember != isNegated, place + 1) }
      if place + 2 < pattern.count, pattern[place + 1] == UInt8(ascii: "-"), pattern[place + 2] != UInt8(ascii: "]") {
        if pattern[place] <= byte && byte <= pattern[place + 2] { isMember = true }
        place += 3
      } else {
        if pattern[place] == byte { isMember = true }
        place += 1
      }
    }
    return nil
  }
}
