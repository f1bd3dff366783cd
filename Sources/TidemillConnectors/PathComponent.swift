/// Names of streams, sinks and views as parts of paths.
package enum PathComponent {
  /// A name as one part of a path: in backticks it may hold anything. Letters, digits, `_` and `-` stay, other bytes become `%` and
  /// their number.
  package static func of(_ name: String) -> String {
    name.utf8.reduce(into: "") { text, byte in
      switch byte {
      case 48...57, 65...90, 97...122, UInt8(ascii: "_"), UInt8(ascii: "-"): text.unicodeScalars.append(Unicode.Scalar(byte))
      default: text += "%" + String(byte, radix: 16)
      }
    }
  }
}
