import TidemillColumns
import TidemillPlan

extension RowEvaluator {
  func call(_ function: ScalarFunction, _ arguments: [Value], _ type: DataType) -> Value {
    switch function {
    case .coalesce: return arguments.first { !$0.isNull } ?? .null
    case .nullif:
      if arguments[0].isNull || arguments[1].isNull { return arguments[0] }
      return compare(arguments[0], arguments[1]) == 0 ? .null : arguments[0]
    case .greatest: return arguments.filter { !$0.isNull }.max { compare($0, $1) < 0 } ?? .null
    case .least: return arguments.filter { !$0.isNull }.min { compare($0, $1) < 0 } ?? .null
    default: break
    }
    if arguments.contains(where: \.isNull) { return .null }
    switch function {
    case .lower, .upper, .length, .trim, .ltrim, .rtrim, .substring, .concat, .replace, .startswith, .endswith,
      .contains, .splitPart:
      return textFunction(function, arguments)
    case .abs, .floor, .ceil, .sqrt, .round, .pow: return numberFunction(function, arguments, type)
    case .year, .month, .day, .hour, .minute, .second, .dayofweek, .dateTrunc, .toDate, .toTimestamp, .unixTimestamp,
      .unixMillis, .timestampSeconds, .timestampMillis, .timestampAdd, .timestampDifference:
      return timeFunction(function, arguments)
    case .windowStart, .windowEnd, .windowTime:
      guard case .window(let start, let end) = arguments[0] else { return .null }
      switch function {
      case .windowStart: return .timestamp(start)
      case .windowEnd: return .timestamp(end)
      default: return .timestamp(end - TimeSpan(microseconds: 1))
      }
    case .coalesce, .nullif, .greatest, .least: preconditionFailure("\(function) is done above")
    }
  }

  private func textFunction(_ function: ScalarFunction, _ arguments: [Value]) -> Value {
    guard case .string(let text) = arguments[0] else { return .null }
    let scalars = Array(text.unicodeScalars)
    func string(_ scalars: some Sequence<Unicode.Scalar>) -> Value {
      var view = String.UnicodeScalarView()
      view.append(contentsOf: scalars)
      return .string(String(view))
    }
    func word(_ index: Int) -> [Unicode.Scalar] {
      guard index < arguments.count, case .string(let word) = arguments[index] else { return [] }
      return Array(word.unicodeScalars)
    }
    func integer(_ index: Int) -> Int64? {
      guard index < arguments.count, case .integer(let value) = arguments[index] else { return nil }
      return value
    }
    switch function {
    case .lower: return .string(text.lowercased())
    case .upper: return .string(text.uppercased())
    case .length: return .integer(Int64(scalars.count))
    case .ltrim: return string(scalars.drop { $0 == " " })
    case .rtrim: return string(scalars.reversed().drop { $0 == " " }.reversed())
    case .trim: return string(scalars.drop { $0 == " " }.reversed().drop { $0 == " " }.reversed())
    case .concat:
      return string((0..<arguments.count).flatMap { word($0) })
    case .startswith: return .boolean(scalars.starts(with: word(1)))
    case .endswith: return .boolean(scalars.reversed().starts(with: word(1).reversed()))
    case .contains: return .boolean(pieces(of: scalars, at: word(1)).count > 1 || word(1).isEmpty)
    case .replace: return string(pieces(of: scalars, at: word(1)).joined(separator: word(2)))
    case .splitPart:
      guard let position = integer(2), position != 0 else { return .null }
      let parts = pieces(of: scalars, at: word(1))
      let index = position > 0 ? position - 1 : Int64(parts.count) + position
      return index >= 0 && index < parts.count ? string(parts[Int(index)]) : .string("")
    case .substring:
      guard let start = integer(1) else { return .null }
      let count = Int128(scalars.count)
      let first = start > 0 ? Int128(start) - 1 : (start < 0 ? count + Int128(start) : 0)
      let end = integer(2).map { first + Int128($0) } ?? count
      return string(scalars.enumerated().filter { Int128($0.offset) >= first && Int128($0.offset) < end }.map(\.element))
    default: preconditionFailure("\(function) is no function of text")
    }
  }

  /// What is left between the places where `separator` stands; an empty one stands nowhere.
  private func pieces(of text: [Unicode.Scalar], at separator: [Unicode.Scalar]) -> [[Unicode.Scalar]] {
    var pieces: [[Unicode.Scalar]] = [[]]
    var rest = text[...]
    while let next = rest.first {
      if !separator.isEmpty, rest.starts(with: separator) {
        pieces.append([])
        rest = rest.dropFirst(separator.count)
      } else {
        pieces[pieces.count - 1].append(next)
        rest = rest.dropFirst()
      }
    }
    return pieces
  }
}
