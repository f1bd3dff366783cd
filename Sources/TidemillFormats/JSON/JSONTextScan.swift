import SimdjsonBridge

/// Checks JSON text from a place on, and says where it ends. No answer means: not JSON, or too unusual to decide here.
///
/// The text must go on to a line feed, and 64 bytes behind that must be readable. `limit` is behind that line feed, and keeps all reading
/// within these bytes even if it is no longer there: the text may lie in a file that somebody writes to. So what begins up to `limit`
/// ends, if it is found good, no more than 18 bytes behind it; and whoever writes what was found counts on nothing but what was found,
/// as a second look may find other bytes.
enum JSONTextScan {
  /// Deeper values are left to the general way.
  static let maximumDepth = 60

  /// The end of a string and what it takes to read it.
  struct Text {
    /// Its closing quote.
    var end: UnsafePointer<UInt8>
    var hasEscapes: Bool
  }

  /// The string whose content begins at `start`, with its escapes and its UTF-8 checked.
  @inline(__always)
  static func text(_ start: UnsafePointer<UInt8>, _ limit: UnsafePointer<UInt8>) -> Text? {
    var at = start
    while true {
      let stop = tidemill_lowest(tidemill_text_stops(at))
      at += stop
      if stop == 16 {
        if at > limit { return nil }
        continue
      }
      if at[0] == UInt8(ascii: "\"") { return Text(end: at, hasEscapes: false) }
      return oddText(at, limit)
    }
  }

  /// The closing quote of the string whose content goes on at `start`, if the rest is plain ASCII.
  @inline(__always)
  static func plainText(_ start: UnsafePointer<UInt8>, _ limit: UnsafePointer<UInt8>) -> UnsafePointer<UInt8>? {
    var at = start
    while at <= limit {
      let stop = tidemill_lowest(tidemill_text_stops(at))
      at += stop
      if stop < 16 { return at[0] == UInt8(ascii: "\"") ? at : nil }
    }
    return nil
  }

  /// How many characters beyond ASCII are checked one by one, before the rest of a string is checked as a whole.
  private static let fewCharacters = 8

  /// The same from the first byte on that is no plain ASCII.
  @inline(never)
  private static func oddText(_ odd: UnsafePointer<UInt8>, _ limit: UnsafePointer<UInt8>) -> Text? {
    var at = odd
    var hasEscapes = false
    var characters = 0
    while at <= limit {
      let first = at[0]
      if first == UInt8(ascii: "\\") {
        guard let next = escape(at) else { return nil }
        hasEscapes = true
        at = next
      } else if first >= 0x80 {
        if characters == fewCharacters { return foreignText(at, limit, hasEscapes: hasEscapes) }
        let length = characterLength(at)
        if length == 0 { return nil }
        characters &+= 1
        at += length
      } else {
        return first == UInt8(ascii: "\"") ? Text(end: at, hasEscapes: hasEscapes) : nil
      }
      var stop = tidemill_lowest(tidemill_text_stops(at))
      while stop == 16, at < limit {
        at += 16
        stop = tidemill_lowest(tidemill_text_stops(at))
      }
      at += stop
    }
    return nil
  }

  /// The bytes of a character beyond ASCII in UTF-8; zero if it is none.
  @inline(__always)
  private static func characterLength(_ at: UnsafePointer<UInt8>) -> Int {
    let word = UInt32(littleEndian: UnsafeRawPointer(at).loadUnaligned(as: UInt32.self))
    // Leading and following bytes by their high bits; then neither longer than it must be, nor a surrogate, nor beyond U+10FFFF.
    if word & 0xC0E0 == 0x80C0 { return word & 0x1E != 0 ? 2 : 0 }
    if word & 0xC0_C0F0 == 0x80_80E0 { return word & 0x200F != 0 && word & 0x200F != 0x200D ? 3 : 0 }
    guard word & 0xC0C0_C0F8 == 0x8080_80F0 else { return 0 }
    let first = word & 0x3007
    return first != 0 && (first & 7 < 4 || first == 4) ? 4 : 0
  }

  /// The same for text with many characters beyond ASCII, from the beginning of one.
  private static func foreignText(
    _ start: UnsafePointer<UInt8>, _ limit: UnsafePointer<UInt8>, hasEscapes: Bool
  ) -> Text? {
    var at = start
    var hasEscapes = hasEscapes
    while at <= limit {
      let stop = tidemill_lowest(tidemill_unicode_stops(at))
      at += stop
      if stop == 16 { continue }
      switch at[0] {
      case UInt8(ascii: "\""):
        // Escapes are ASCII, so that they change nothing about the bytes around them.
        return tidemill_is_utf8(start, at - start) != 0 ? Text(end: at, hasEscapes: hasEscapes) : nil
      case UInt8(ascii: "\\"):
        guard let next = escape(at) else { return nil }
        hasEscapes = true
        at = next
      default: return nil
      }
    }
    return nil
  }

  /// Behind the escape at `at`.
  @inline(__always)
  private static func escape(_ at: UnsafePointer<UInt8>) -> UnsafePointer<UInt8>? {
    switch at[1] {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"), UInt8(ascii: "b"), UInt8(ascii: "f"), UInt8(ascii: "n"),
      UInt8(ascii: "r"), UInt8(ascii: "t"):
      return at + 2
    case UInt8(ascii: "u"):
      for index in 2..<6 {
        let lower = at[index] | 0x20
        guard at[index] &- 48 < 10 || lower &- UInt8(ascii: "a") < 6 else { return nil }
      }
      return at + 6
    default: return nil
    }
  }

  /// Behind the number at `start`, by JSON's grammar; what may follow is for the caller to check.
  @inline(__always)
  static func number(_ start: UnsafePointer<UInt8>, _ limit: UnsafePointer<UInt8>) -> UnsafePointer<UInt8>? {
    var at = start
    if at[0] == UInt8(ascii: "-") { at += 1 }
    if at[0] == UInt8(ascii: "0") { at += 1 } else if !digits(&at, limit) { return nil }
    if at[0] == UInt8(ascii: ".") {
      at += 1
      if !digits(&at, limit) { return nil }
    }
    if at[0] | 0x20 == UInt8(ascii: "e") {
      at += 1
      if at[0] == UInt8(ascii: "-") || at[0] == UInt8(ascii: "+") { at += 1 }
      if !digits(&at, limit) { return nil }
    }
    return at
  }

  @inline(__always)
  private static func digits(_ at: inout UnsafePointer<UInt8>, _ limit: UnsafePointer<UInt8>) -> Bool {
    guard at[0] &- 48 < 10 else { return false }
    repeat { at += 1 } while at < limit && at[0] &- 48 < 10
    return true
  }

  @inline(__always)
  static func startsNumber(_ byte: UInt8) -> Bool { byte &- 48 < 10 || byte == UInt8(ascii: "-") }

  /// Whether four bytes are `null`.
  @inline(__always)
  static func isNull(_ at: UnsafePointer<UInt8>) -> Bool { four(at) == 0x6C6C_756E }

  @inline(__always)
  static func isTrue(_ at: UnsafePointer<UInt8>) -> Bool { four(at) == 0x6575_7274 }

  @inline(__always)
  static func isFalse(_ at: UnsafePointer<UInt8>) -> Bool { four(at) == 0x736C_6166 && at[4] == UInt8(ascii: "e") }

  @inline(__always)
  private static func four(_ at: UnsafePointer<UInt8>) -> UInt32 {
    UInt32(littleEndian: UnsafeRawPointer(at).loadUnaligned(as: UInt32.self))
  }

  /// Behind the value at `start`, whatever it is.
  @inline(never)
  static func value(_ start: UnsafePointer<UInt8>, _ limit: UnsafePointer<UInt8>) -> UnsafePointer<UInt8>? {
    let first = start[0]
    if first == UInt8(ascii: "{") { return flatObject(start, limit) ?? nested(start, limit) }
    if first == UInt8(ascii: "[") { return strings(start, limit) ?? nested(start, limit) }
    return scalar(start, limit)
  }

  /// Behind the object at `start` if its values are strings and small whole numbers, with no space between anything.
  @inline(__always)
  private static func flatObject(_ start: UnsafePointer<UInt8>, _ limit: UnsafePointer<UInt8>) -> UnsafePointer<UInt8>? {
    var at = start + 1
    while at < limit, at[0] == UInt8(ascii: "\"") {
      guard let name = text(at + 1, limit), name.end[1] == UInt8(ascii: ":") else { return nil }
      at = name.end + 2
      if at[0] == UInt8(ascii: "\"") {
        guard let content = text(at + 1, limit) else { return nil }
        at = content.end + 1
      } else {
        let digits = JSONDigits(at)
        guard digits.isPlain else { return nil }
        at += digits.count
      }
      if at[0] == UInt8(ascii: "}") { return at + 1 }
      guard at[0] == UInt8(ascii: ",") else { return nil }
      at += 1
    }
    return nil
  }

  /// Behind the array at `start` if it has nothing but strings and commas.
  @inline(__always)
  private static func strings(_ start: UnsafePointer<UInt8>, _ limit: UnsafePointer<UInt8>) -> UnsafePointer<UInt8>? {
    var at = start + 1
    if at[0] == UInt8(ascii: "]") { return at + 1 }
    while at < limit, at[0] == UInt8(ascii: "\"") {
      guard let content = text(at + 1, limit) else { return nil }
      at = content.end + 1
      if at[0] == UInt8(ascii: "]") { return at + 1 }
      guard at[0] == UInt8(ascii: ",") else { return nil }
      at += 1
    }
    return nil
  }

  @inline(__always)
  private static func scalar(_ start: UnsafePointer<UInt8>, _ limit: UnsafePointer<UInt8>) -> UnsafePointer<UInt8>? {
    let first = start[0]
    if first == UInt8(ascii: "\"") { return text(start + 1, limit).map { $0.end + 1 } }
    if startsNumber(first) { return number(start, limit) }
    if isNull(start) || isTrue(start) { return start + 4 }
    return isFalse(start) ? start + 5 : nil
  }

  /// Behind the object or array at `start`.
  private static func nested(_ start: UnsafePointer<UInt8>, _ limit: UnsafePointer<UInt8>) -> UnsafePointer<UInt8>? {
    var at = start
    var depth = 0
    // One bit for each open bracket, the innermost lowest: whether it is an object's.
    var objects: UInt64 = 0
    while at < limit {
      // A value stands here.
      let first = at[0]
      let opens = first == UInt8(ascii: "{") || first == UInt8(ascii: "[")
      if opens {
        depth += 1
        if depth > maximumDepth { return nil }
        let isObject = first == UInt8(ascii: "{")
        objects = objects &<< 1 | (isObject ? 1 : 0)
        at = space(at + 1, limit)
        if at[0] == first &+ 2 {
          // `{}` or `[]`: it is closed below.
        } else if isObject {
          guard let value = key(at, limit) else { return nil }
          at = value
          continue
        } else {
          continue
        }
      } else {
        guard let next = scalar(at, limit) else { return nil }
        at = next
      }
      // Behind a value, or before the bracket that closes an empty one.
      var mayContinue = !opens
      while at < limit {
        at = space(at, limit)
        let isObject = objects & 1 != 0
        if at[0] == UInt8(ascii: ","), mayContinue {
          at = space(at + 1, limit)
          if isObject {
            guard let value = key(at, limit) else { return nil }
            at = value
          }
          break
        }
        guard at[0] == (isObject ? UInt8(ascii: "}") : UInt8(ascii: "]")) else { return nil }
        mayContinue = true
        at += 1
        depth -= 1
        objects &>>= 1
        if depth == 0 { return at }
      }
    }
    return nil
  }

  /// Behind a key and its colon.
  @inline(__always)
  private static func key(_ start: UnsafePointer<UInt8>, _ limit: UnsafePointer<UInt8>) -> UnsafePointer<UInt8>? {
    guard start[0] == UInt8(ascii: "\""), let name = text(start + 1, limit) else { return nil }
    let colon = space(name.end + 1, limit)
    return colon[0] == UInt8(ascii: ":") ? space(colon + 1, limit) : nil
  }

  @inline(__always)
  private static func space(_ start: UnsafePointer<UInt8>, _ limit: UnsafePointer<UInt8>) -> UnsafePointer<UInt8> {
    var at = start
    while at < limit, at[0] <= 32, at[0] == 32 || at[0] == 9 || at[0] == 13 { at += 1 }
    return at
  }
}
