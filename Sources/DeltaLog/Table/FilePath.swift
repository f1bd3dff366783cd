/// Paths of data files: as they stand in the log, and as the store has them.
package enum FilePath {
  /// The path in the store, relative to the table.
  ///
  /// - Parameter uri: an `add` action's path.
  /// - Returns: `nil` for one outside of the table, or one that cannot be decoded.
  package static func decoded(_ uri: String) -> String? {
    if uri.hasPrefix("/") || uri.contains("://") || uri.hasPrefix("file:") { return nil }
    guard uri.utf8.contains(UInt8(ascii: "%")) else { return uri }
    var bytes: [UInt8] = []
    var rest = Array(uri.utf8)[...]
    while let byte = rest.popFirst() {
      guard byte == UInt8(ascii: "%") else {
        bytes.append(byte)
        continue
      }
      guard rest.count >= 2, let value = UInt8(String(decoding: rest.prefix(2), as: UTF8.self), radix: 16) else { return nil }
      bytes.append(value)
      rest = rest.dropFirst(2)
    }
    return String(validating: bytes, as: UTF8.self)
  }

  /// The path as an `add` action has it. Other writers, which know files by this text, escape no more than what is escaped here.
  package static func encoded(_ path: String) -> String {
    escaped(path) { byte in
      switch byte {
      case 48...57, 65...90, 97...122: false
      default: !"-._~/=,+&()@!$;".utf8.contains(byte)
      }
    }
  }

  /// The directory of a partition as Hive has it: `w_date=2024-03-01/shop=a%2Fb`.
  package static func directory(_ values: [(column: String, value: String?)]) -> String {
    values.map { column, value in
      hiveEscaped(column) + "=" + (value.map { $0.isEmpty ? nullName : hiveEscaped($0) } ?? nullName)
    }.joined(separator: "/")
  }

  private static let nullName = "__HIVE_DEFAULT_PARTITION__"

  private static func hiveEscaped(_ text: String) -> String {
    escaped(text) { $0 < 0x20 || $0 == 0x7F || "\"#%'*/:=?\\{}[]^".utf8.contains($0) }
  }

  private static func escaped(_ text: String, _ needsEscape: (UInt8) -> Bool) -> String {
    let digits = Array("0123456789ABCDEF".utf8)
    var bytes: [UInt8] = []
    for byte in text.utf8 {
      if needsEscape(byte) {
        bytes.append(contentsOf: [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]])
      } else {
        bytes.append(byte)
      }
    }
    return String(decoding: bytes, as: UTF8.self)
  }
}
