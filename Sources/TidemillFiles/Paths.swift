/// Path arithmetic on plain strings; nothing here looks at a file.
public enum Paths {
  /// The path of `name` inside of `directory`, with one slash between them even if `directory` ends with one.
  public static func join(_ directory: String, _ name: String) -> String {
    directory.utf8.last == UInt8(ascii: "/") ? directory + name : "\(directory)/\(name)"
  }

  /// Without slashes at the end, except for the root.
  public static func normalize(_ path: String) -> String {
    var path = path[...]
    while path.utf8.count > 1, path.utf8.last == UInt8(ascii: "/") { path.removeLast() }
    return String(path)
  }

  /// What follows the last slash.
  public static func name(of path: String) -> String {
    let path = normalize(path)
    guard let slash = path.utf8.lastIndex(of: UInt8(ascii: "/")) else { return path }
    return String(path[path.utf8.index(after: slash)...])
  }

  /// The directory that holds `path`: `.` for a bare name.
  public static func parent(of path: String) -> String {
    let path = normalize(path)
    guard let slash = path.utf8.lastIndex(of: UInt8(ascii: "/")) else { return "." }
    return slash == path.startIndex ? "/" : normalize(String(path[..<slash]))
  }

  /// The order of bytes, which is the same everywhere; `String`'s own `<` follows Unicode.
  public static func inByteOrder(_ left: String, _ right: String) -> Bool {
    left.utf8.lexicographicallyPrecedes(right.utf8)
  }
}
