import TidemillColumns
import TidemillPlan

/// A script as it may be shown to anybody: the values of options that hold credentials are stars.
///
/// It reads text that may not parse, since the lines of a script are shown where something is wrong with them. So it hides every
/// string behind a name that speaks of a credential, and what stands there without quotes.
struct SecretText {
  private var bytes: [UInt8]
  private var index = 0
  /// The name that was read last.
  private var name = ""
  /// Whether a value of it has been hidden already; another string is one more, and a word is another name.
  private var hasValue = false
  /// Whether a word may be a value that was not put in quotes: behind OPTIONS or SET, to the end of the statement.
  private var inOptions = false

  /// The text with credentials hidden: the same lines, and everything else at its place.
  static func hidden(_ text: String) -> String {
    var scanner = SecretText(bytes: Array(text.utf8))
    scanner.run()
    return String(decoding: scanner.bytes, as: UTF8.self)
  }

  /// Whether something in this range is hidden.
  static func hides(_ range: TextRange, of text: String) -> Bool {
    let range = range.lowerBound..<range.upperBound
    return Array(hidden(text).utf8)[range] != Array(text.utf8)[range]
  }

  private init(bytes: [UInt8]) { self.bytes = bytes }

  private func isAt(_ text: StaticString) -> Bool {
    index + text.utf8CodeUnitCount <= bytes.count
      && (0..<text.utf8CodeUnitCount).allSatisfy { bytes[index + $0] == text.utf8Start[$0] }
  }

  private mutating func run() {
    while index < bytes.count {
      switch bytes[index] {
      case UInt8(ascii: "'"), UInt8(ascii: "\""): string()
      case _ where isAt("--"): while index < bytes.count, bytes[index] != UInt8(ascii: "\n") { index += 1 }
      case _ where isAt("/*"):
        while index < bytes.count, !isAt("*/") { index += 1 }
        index = min(index + 2, bytes.count)
      case UInt8(ascii: ";"):
        inOptions = false
        forgetName()
        index += 1
      case UInt8(ascii: "="), UInt8(ascii: "\n"), UInt8(ascii: "\r"), UInt8(ascii: "\t"), UInt8(ascii: " "): index += 1
      case let byte where Self.isPartOfWord(byte): word()
      default:
        forgetName()
        index += 1
      }
    }
  }

  private mutating func forgetName() {
    name = ""
    hasValue = false
  }

  private static func isPartOfWord(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "0")...UInt8(ascii: "9"),
      UInt8(ascii: "_"), UInt8(ascii: "."), UInt8(ascii: "-"), UInt8(ascii: "`"), 0x80...0xFF:
      true
    default: false
    }
  }

  private mutating func string() {
    let quote = bytes[index]
    let start = index + 1
    index = start
    while index < bytes.count, bytes[index] != quote { index += bytes[index] == UInt8(ascii: "\\") ? 2 : 1 }
    let end = min(index, bytes.count)
    index = min(end + 1, bytes.count)
    let value = String(decoding: bytes[start..<end], as: UTF8.self)
    if OptionSecrecy.isSecret(name) {
      hide(start..<end)
      hasValue = true
      return
    }
    if let secret = OptionSecrecy.userinfo(of: value) {
      let first = start + value.utf8.distance(from: value.startIndex, to: secret.startIndex)
      hide(first..<first + secret.utf8.count)
    }
    // It may be the name of what follows.
    name = value
    hasValue = false
  }

  private mutating func word() {
    let start = index
    while index < bytes.count, !isAt("--"), Self.isPartOfWord(bytes[index]) { index += 1 }
    if inOptions, !hasValue, OptionSecrecy.isSecret(name) {
      hide(start..<index)
      hasValue = true
      return
    }
    hasValue = false
    name = String(decoding: bytes[start..<index], as: UTF8.self)
    if ["OPTIONS", "SET", "WITH"].contains(name.uppercased()) { inOptions = true }
  }

  private mutating func hide(_ range: Range<Int>) {
    for place in range where bytes[place] != UInt8(ascii: "\n") && bytes[place] != UInt8(ascii: "\r") {
      bytes[place] = UInt8(ascii: "*")
    }
  }
}
