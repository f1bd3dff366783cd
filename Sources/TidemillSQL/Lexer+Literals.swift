import TidemillColumns

extension Lexer {
  /// Reads a string from its opening quote to its closing one. A doubled quote stands for one, and so does `\'`.
  ///
  /// - Parameter isRaw: whether backslashes are characters like others, as in `r'\d'`.
  mutating func readString(isRaw: Bool) throws -> String {
    let start = position
    let quote = bytes[start]
    var value: [UInt8] = []
    position += 1
    while let byte = peek() {
      position += 1
      if byte == quote {
        if peek() != quote { return String(decoding: value, as: UTF8.self) }
        value.append(quote)
        position += 1
      } else if byte == UInt8(ascii: "\\"), !isRaw {
        readEscape(into: &value)
      } else {
        value.append(byte)
      }
    }
    throw TidemillError(
      .invalidQuery, "a string does not end", hint: "close it with \(quote == UInt8(ascii: "'") ? "'" : "\"")",
      at: TextRange(start..<start + 1))
  }

  /// What follows a backslash, with Spark's meanings: `\n`, `\u00E9`, `\101`; others stand for themselves.
  private mutating func readEscape(into value: inout [UInt8]) {
    guard let byte = peek() else { return }
    position += 1
    switch byte {
    case UInt8(ascii: "n"): value.append(0x0A)
    case UInt8(ascii: "t"): value.append(0x09)
    case UInt8(ascii: "r"): value.append(0x0D)
    case UInt8(ascii: "b"): value.append(0x08)
    case UInt8(ascii: "Z"): value.append(0x1A)
    case UInt8(ascii: "%"), UInt8(ascii: "_"):
      // LIKE gives these their meaning, so the backslash stays.
      value.append(UInt8(ascii: "\\"))
      value.append(byte)
    case UInt8(ascii: "u"):
      if let scalar = hexScalar(digits: 4) { value.append(contentsOf: String(scalar).utf8) } else { value.append(byte) }
    case UInt8(ascii: "U"):
      if let scalar = hexScalar(digits: 8) { value.append(contentsOf: String(scalar).utf8) } else { value.append(byte) }
    case UInt8(ascii: "0")...UInt8(ascii: "1"):
      let digits = bytes[(position - 1)...].prefix(3)
      if digits.count == 3, let code = UInt8(String(decoding: digits, as: UTF8.self), radix: 8), code < 0x80 {
        value.append(code)
        position += 2
      } else {
        value.append(byte == UInt8(ascii: "0") ? 0 : byte)
      }
    default: value.append(byte)
    }
  }

  private mutating func hexScalar(digits count: Int) -> Unicode.Scalar? {
    let digits = bytes[position...].prefix(count)
    guard digits.count == count, digits.allSatisfy({ Lexer.isDigit($0) || ($0 | 0x20) &- UInt8(ascii: "a") < 6 }),
      let code = UInt32(String(decoding: digits, as: UTF8.self), radix: 16), let scalar = Unicode.Scalar(code)
    else { return nil }
    position += count
    return scalar
  }

  /// Reads `12`, `1.5`, `.5`, `1e3`, with the letters that give its type: `5L`, `1.5D`, `2BD`.
  mutating func readNumber() throws -> Token {
    let start = position
    skipDigits()
    if peek() == UInt8(ascii: ".") {
      position += 1
      skipDigits()
    }
    if let byte = peek(), byte | 0x20 == UInt8(ascii: "e") {
      let hasSign = peek(1) == UInt8(ascii: "+") || peek(1) == UInt8(ascii: "-")
      if peek(hasSign ? 2 : 1).map(Lexer.isDigit) ?? false {
        position += hasSign ? 2 : 1
        skipDigits()
      }
    }
    let end = position
    while let byte = peek(), Lexer.isWordStart(byte) || Lexer.isDigit(byte) { position += 1 }
    guard let suffix = Token.NumberSuffix(rawValue: string(end..<position).uppercased()) else {
      let word = string(start..<position)
      throw TidemillError(
        .invalidQuery, "`\(Token.shortened(word))` is no number",
        hint: "a name that begins with a digit is written in backticks", at: TextRange(start..<position))
    }
    return Token(.number(suffix), string(start..<end), at: start..<position)
  }

  private mutating func skipDigits() {
    while let byte = peek(), Lexer.isDigit(byte) { position += 1 }
  }
}
