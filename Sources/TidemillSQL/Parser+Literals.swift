import TidemillColumns
import TidemillPlan

extension Parser {
  // MARK: Numbers

  /// A number with the type that Spark gives it: `5` INT, `3000000000` BIGINT, `1.5` DECIMAL(2,1), `1e3` DOUBLE.
  mutating func parseNumber(isNegative: Bool, from start: TextRange) throws -> Expression {
    guard case .number(let suffix) = current.kind else { throw unexpected("a number") }
    let text = (isNegative ? "-" : "") + advance().text
    let place = range(from: start)
    let hasExponent = text.utf8.contains { $0 | 0x20 == UInt8(ascii: "e") }
    let hasPoint = text.utf8.contains(UInt8(ascii: "."))
    let literal: (Value, DataType)
    switch suffix {
    case .double, .float:
      literal = try double(text, at: place)
    case .decimal:
      literal = try decimal(text, at: place)
    case .none where hasExponent:
      literal = try double(text, at: place)
    case .none where hasPoint:
      literal = try decimal(text, at: place)
    case .none:
      if let value = Int64(text) {
        literal = (.integer(value), Int32(exactly: value) != nil ? .int : .bigint)
      } else {
        literal = try decimal(text, at: place)
      }
    case .bigint:
      literal = (.integer(try integer(text, Int64.min...Int64.max, "BIGINT", at: place)), .bigint)
    case .smallint:
      literal = (.integer(try integer(text, -32_768...32_767, "SMALLINT", at: place)), .int)
    case .tinyint:
      literal = (.integer(try integer(text, -128...127, "TINYINT", at: place)), .int)
    }
    return Expression(.literal(literal.0, literal.1), at: place)
  }

  private func integer(
    _ text: String, _ limits: ClosedRange<Int64>, _ type: String, at place: TextRange
  ) throws -> Int64 {
    guard let value = Int64(text), limits.contains(value) else {
      throw TidemillError(.invalidQuery, "`\(Token.shortened(source(place)))` is no \(type)", at: place)
    }
    return value
  }

  private func double(_ text: String, at place: TextRange) throws -> (Value, DataType) {
    guard let value = Double(text), value.isFinite else {
      throw TidemillError(.invalidQuery, "`\(Token.shortened(source(place)))` is no DOUBLE", at: place)
    }
    return (.double(value), .double)
  }

  /// As many digits as are written: `1.50` is DECIMAL(3,2), `0.05` is DECIMAL(2,2).
  private func decimal(_ text: String, at place: TextRange) throws -> (Value, DataType) {
    let mantissa = text.utf8.prefix { $0 | 0x20 != UInt8(ascii: "e") }
    let exponent = Int(String(decoding: text.utf8.dropFirst(mantissa.count + 1), as: UTF8.self)) ?? 0
    let fraction = mantissa.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false).dropFirst().first ?? []
    let scale = max(0, fraction.count - max(-1000, min(1000, exponent)))
    var number = text
    let unscaled = number.withUTF8 {
      scale > DataType.maximumPrecision
        ? nil : DecimalText.unscaled($0, precision: DataType.maximumPrecision, scale: scale)
    }
    guard let unscaled else {
      throw TidemillError(
        .invalidQuery, "`\(Token.shortened(source(place)))` has more than \(DataType.maximumPrecision) digits",
        hint: "write it as a DOUBLE: 1e40", at: place)
    }
    let precision = max(String(unscaled.magnitude).utf8.count, scale)
    return (.decimal(unscaled: unscaled, scale: scale), .decimal(precision: precision, scale: scale))
  }

  // MARK: Dates, timestamps and intervals

  /// `DATE '2024-03-01'`, `TIMESTAMP '2024-03-01 12:00:00'`.
  mutating func parseTimeLiteral() throws -> Expression {
    let keyword = advance()
    let string = advance()
    let place = range(from: keyword.range)
    var text = string.text
    if keyword.keyword == "DATE" {
      guard let days = text.withUTF8({ TimestampText.days($0) }) else {
        throw TidemillError(
          .invalidQuery, "'\(Token.shortened(string.text))' is no date", hint: "write DATE '2024-03-01'",
          at: string.range)
      }
      return Expression(.literal(.date(days), .date), at: place)
    }
    guard let microseconds = TimestampText.microseconds(text, zone: zone) else {
      throw TidemillError(
        .invalidQuery, "'\(Token.shortened(string.text))' is no timestamp",
        hint: "write TIMESTAMP '2024-03-01 12:00:00', with Z or an offset such as +02:00 behind it if need be",
        at: string.range)
    }
    return Expression(.literal(.timestamp(EventTime(microseconds: microseconds)), .timestamp), at: place)
  }

  /// `INTERVAL '10 minutes'`, `INTERVAL 10 MINUTES`, `INTERVAL '1' HOUR`, `INTERVAL 1 HOUR 30 MINUTES`.
  mutating func parseIntervalLiteral() throws -> TimeSpan {
    let start = try expect("INTERVAL").range
    var words: [String] = []
    if current.kind == .string, !isIntervalUnit(peek()) {
      words.append(advance().text)
    } else {
      repeat {
        let sign = acceptSymbol("-") ? "-" : ""
        guard current.isNumber || current.kind == .string else {
          throw unexpected("the length of the interval", hint: Parser.intervalHint)
        }
        let count = advance()
        guard current.kind == .word else { throw unexpected("a unit such as MINUTES") }
        words.append(sign + count.text + " " + advance().text)
      } while (current.isNumber || current.kind == .string || isAtSymbol("-")) && isIntervalUnit(peek(isAtSymbol("-") ? 2 : 1))
    }
    let place = range(from: start)
    if isAt("TO"), isIntervalUnit(peek()) {
      throw refused(
        "an interval from one unit to another is", hint: Parser.intervalHint,
        at: place.joined(with: peek().range))
    }
    let text = words.joined(separator: " ")
    guard let span = TimeSpan(parsing: text) else {
      let units = Set(text.lowercased().split { !$0.isLetter }.map(String.init))
      throw !units.isDisjoint(with: ["month", "months", "quarter", "quarters", "year", "years"])
        ? refused("an interval of months or years is", hint: "they have no fixed length; use days", at: place)
        : TidemillError(
          .invalidQuery, "'\(Token.shortened(text))' is no interval", hint: Parser.intervalHint, at: place)
    }
    return span
  }

  private static let intervalHint = "write INTERVAL '10 minutes' or INTERVAL 10 MINUTES"

  func isIntervalUnit(_ token: Token) -> Bool {
    token.kind == .word && Parser.intervalUnits.contains(token.keyword)
  }

  private static let intervalUnits: Set<String> = {
    let units = [
      "MICROSECOND", "MILLISECOND", "SECOND", "MINUTE", "HOUR", "DAY", "WEEK", "MONTH", "QUARTER", "YEAR",
    ]
    return Set(units + units.map { $0 + "S" })
  }()
}
