import TidemillColumns

/// A place in a text as people count it: lines and characters, both from 1.
public struct SourceLocation: Hashable, Sendable {
  /// The line, from 1.
  public var line: Int
  /// The character in its line, from 1; a tab counts as one.
  public var column: Int

  public init(line: Int, column: Int) {
    self.line = line
    self.column = column
  }

  /// Where the byte at `offset` of `text` stands; beyond the end, where the text ends.
  public init(offset: Int, in text: String) {
    let excerpt = Excerpt(of: TextRange(offset..<offset), in: text)
    self.init(line: excerpt.lineNumber, column: excerpt.before.count + 1)
  }
}

/// The line that a range begins in, cut at the range's ends.
struct Excerpt {
  var lineNumber: Int
  var before: String
  /// What the range covers of this line.
  var marked: String
  var after: String

  /// Any range is taken: what lies outside the text, or inside of a character, is moved to where it does not.
  init(of range: TextRange, in text: String) {
    let bytes = Array(text.utf8)
    let start = Excerpt.boundary(range.lowerBound, in: bytes)
    let newline = UInt8(ascii: "\n")
    let lineStart = bytes[..<start].lastIndex(of: newline).map { $0 + 1 } ?? 0
    var lineEnd = bytes[start...].firstIndex(of: newline) ?? bytes.count
    if lineEnd > lineStart, bytes[lineEnd - 1] == UInt8(ascii: "\r") { lineEnd -= 1 }
    let first = min(start, lineEnd)
    let last = max(first, min(Excerpt.boundary(range.upperBound, in: bytes), lineEnd))
    lineNumber = 1 + bytes[..<lineStart].count { $0 == newline }
    before = String(decoding: bytes[lineStart..<first], as: UTF8.self)
    marked = String(decoding: bytes[first..<last], as: UTF8.self)
    after = String(decoding: bytes[last..<lineEnd], as: UTF8.self)
  }

  private static func boundary(_ offset: Int, in bytes: [UInt8]) -> Int {
    var offset = max(0, min(offset, bytes.count))
    while offset > 0, offset < bytes.count, bytes[offset] & 0xC0 == 0x80 { offset -= 1 }
    return offset
  }
}
