/// Directories called `key=value`, by which the files of a table lie apart: values are in the path, not in the files.
enum HivePath {
  /// What stands for NULL.
  static let nullName = "__HIVE_DEFAULT_PARTITION__"

  /// The keys and values of a file's path, from the top; `nil` stands for NULL.
  static func values(of path: String) -> [(key: String, value: String?)] {
    path.split(separator: "/").dropLast().compactMap { part in
      guard let mark = part.firstIndex(of: "="), mark > part.startIndex else { return nil }
      let value = part[part.index(after: mark)...]
      return (unescaped(part[..<mark]), value == nullName ? nil : unescaped(value))
    }
  }

  /// `day=2024-03-01/shop=a%2Fb`.
  static func directory(_ values: [(key: String, value: String?)]) -> String {
    values.map { escaped($0.key) + "=" + ($0.value.map { escaped($0) } ?? nullName) }.joined(separator: "/")
  }

  /// The characters that Hive and Spark write as `%` and two digits.
  private static let special = Set("\"#%'*/:=?\\{}[]^\u{7F}".utf8)

  private static func escaped(_ text: String) -> String {
    let digits = Array("0123456789ABCDEF".utf8)
    var bytes: [UInt8] = []
    for byte in text.utf8 {
      if byte < 0x20 || special.contains(byte) {
        bytes += [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
      } else {
        bytes.append(byte)
      }
    }
    return String(decoding: bytes, as: UTF8.self)
  }

  private static func unescaped(_ text: Substring) -> String {
    guard text.utf8.contains(UInt8(ascii: "%")) else { return String(text) }
    var bytes: [UInt8] = []
    var rest = Array(text.utf8)[...]
    while let byte = rest.popFirst() {
      if byte == UInt8(ascii: "%"), rest.count >= 2,
        let value = UInt8(String(decoding: rest.prefix(2), as: UTF8.self), radix: 16)
      {
        bytes.append(value)
        rest = rest.dropFirst(2)
      } else {
        bytes.append(byte)
      }
    }
    return String(decoding: bytes, as: UTF8.self)
  }
}
