import TidemillColumns
import TidemillPlan

/// Expressions evaluated one row at a time, as plainly as can be: what the vectorised evaluator is compared with. It knows the
/// core of the language only, and shares no code with the engine.
struct RowEvaluator {
  let row: [Value]

  func evaluate(_ expression: TypedExpression) -> Value {
    let type = expression.type
    switch expression.kind {
    case .column(let ordinal): return row[ordinal]
    case .literal(let value): return value
    case .not(let operand): return truth(operand).map { .boolean(!$0) } ?? .null
    case .and(let left, let right):
      let both = [truth(left), truth(right)]
      return both.contains(false) ? .boolean(false) : both.contains(nil) ? .null : .boolean(true)
    case .or(let left, let right):
      let both = [truth(left), truth(right)]
      return both.contains(true) ? .boolean(true) : both.contains(nil) ? .null : .boolean(false)
    case .negate(let operand):
      switch evaluate(operand) {
      case .integer(let value): return integer(0 - Int128(value), type)
      case .double(let value): return .double(-value)
      case .decimal(let unscaled, let scale): return .decimal(unscaled: -unscaled, scale: scale)
      default: return .null
      }
    case .arithmetic(let symbol, let left, let right):
      return arithmetic(symbol, evaluate(left), evaluate(right), type)
    case .comparison(let symbol, let left, let right):
      guard let order = Self.order(evaluate(left), evaluate(right)) else { return .null }
      switch symbol {
      case .equal: return .boolean(order == 0)
      case .notEqual: return .boolean(order != 0)
      case .less: return .boolean(order < 0)
      case .lessOrEqual: return .boolean(order <= 0)
      case .greater: return .boolean(order > 0)
      case .greaterOrEqual: return .boolean(order >= 0)
      }
    case .isNull(let operand): return .boolean(evaluate(operand).isNull)
    case .cast(let operand): return cast(evaluate(operand), type)
    case .caseWhen(let branches, let otherwise):
      for branch in branches where truth(branch.condition) == true { return evaluate(branch.result) }
      return otherwise.map { evaluate($0) } ?? .null
    case .inList(let operand, let values):
      let value = evaluate(operand)
      if value.isNull { return .null }
      if values.contains(where: { Self.order(value, $0) == 0 }) { return true }
      return values.contains(.null) ? .null : false
    case .like(let operand, let pattern):
      guard case .string(let text) = evaluate(operand) else { return .null }
      return .boolean(Self.like(Array(text.unicodeScalars)[...], Array(pattern.unicodeScalars)[...]))
    case .function(let function, let arguments): return call(function, arguments.map { evaluate($0) })
    }
  }

  private func truth(_ expression: TypedExpression) -> Bool? {
    guard case .boolean(let value) = evaluate(expression) else { return nil }
    return value
  }

  private func integer(_ value: Int128, _ type: DataType) -> Value {
    let limit: Int128 = type == .int ? 1 << 31 : 1 << 63
    return value >= -limit && value < limit ? .integer(Int64(value)) : .null
  }

  private func arithmetic(_ symbol: ArithmeticOperator, _ left: Value, _ right: Value, _ type: DataType) -> Value {
    switch (left, right) {
    case (.integer(let left), .integer(let right)):
      let one = Int128(left)
      let two = Int128(right)
      switch symbol {
      case .add: return integer(one + two, type)
      case .subtract: return integer(one - two, type)
      case .multiply: return integer(one * two, type)
      case .divide: return .null
      case .remainder: return two == 0 ? .null : integer(one % two, type)
      }
    case (.double(let one), .double(let two)):
      switch symbol {
      case .add: return .double(one + two)
      case .subtract: return .double(one - two)
      case .multiply: return .double(one * two)
      case .divide: return two == 0 ? .null : .double(one / two)
      case .remainder: return two == 0 ? .null : .double(one.truncatingRemainder(dividingBy: two))
      }
    case (.decimal(let left, let leftScale), .decimal(let right, let rightScale)):
      // The operands are small, so everything fits in 128 bits as a fraction of two integers.
      guard case .decimal(let precision, let scale) = type else { return .null }
      let common = max(leftScale, rightScale)
      let one = left * Self.power(common - leftScale)
      let two = right * Self.power(common - rightScale)
      switch symbol {
      case .add: return decimal(one + two, Self.power(common), precision, scale)
      case .subtract: return decimal(one - two, Self.power(common), precision, scale)
      case .multiply: return decimal(left * right, Self.power(leftScale + rightScale), precision, scale)
      case .divide: return two == 0 ? .null : decimal(two < 0 ? -one : one, abs(two), precision, scale)
      case .remainder: return two == 0 ? .null : decimal(one % two, Self.power(common), precision, scale)
      }
    default: return .null
    }
  }

  static func power(_ exponent: Int) -> Int128 { (0..<exponent).reduce(1) { value, _ in value * 10 } }

  /// numerator / denominator, rounded half away from zero.
  private func decimal(_ numerator: Int128, _ denominator: Int128, _ precision: Int, _ scale: Int) -> Value {
    let scaled = abs(numerator) * Self.power(scale)
    let rounded = (2 * scaled + denominator) / (2 * denominator)
    return rounded >= Self.power(precision) ? .null : .decimal(unscaled: numerator < 0 ? -rounded : rounded, scale: scale)
  }

  /// Negative, zero or positive; `nil` beside NULL.
  static func order(_ left: Value, _ right: Value) -> Int? {
    func compare<Element: Comparable>(_ one: Element, _ two: Element) -> Int { one < two ? -1 : one == two ? 0 : 1 }
    switch (left, right) {
    case (.boolean(let one), .boolean(let two)): return compare(one ? 1 : 0, two ? 1 : 0)
    case (.integer(let one), .integer(let two)): return compare(one, two)
    case (.double(let one), .double(let two)):
      if one.isNaN || two.isNaN { return compare(one.isNaN ? 1 : 0, two.isNaN ? 1 : 0) }
      return compare(one, two)
    case (.decimal(let one, _), .decimal(let two, _)): return compare(one, two)
    case (.string(let one), .string(let two)):
      if one.utf8.elementsEqual(two.utf8) { return 0 }
      return one.utf8.lexicographicallyPrecedes(two.utf8) ? -1 : 1
    case (.timestamp(let one), .timestamp(let two)): return compare(one, two)
    default: return nil
    }
  }

  private func cast(_ value: Value, _ type: DataType) -> Value {
    switch (value, type) {
    case (.integer(let value), .int), (.integer(let value), .bigint): return integer(Int128(value), type)
    case (.integer(let value), .double): return .double(Double(value))
    case (.integer(let value), .string): return .string(String(value))
    case (.integer(let value), .boolean): return .boolean(value != 0)
    case (.integer(let value), .decimal(let precision, let scale)):
      return decimal(Int128(value), 1, precision, scale)
    case (.boolean(let value), .int), (.boolean(let value), .bigint): return .integer(value ? 1 : 0)
    case (.boolean(let value), .string): return .string(value ? "true" : "false")
    case (.double(let value), .int), (.double(let value), .bigint):
      guard value.isFinite, abs(value) < 1e30 else { return .null }
      return integer(Int128(value), type)
    case (.double(let value), .boolean): return .boolean(value != 0)
    case (.decimal(let unscaled, let scale), .int), (.decimal(let unscaled, let scale), .bigint):
      return integer(unscaled / Self.power(scale), type)
    case (.decimal(let unscaled, let from), .decimal(let precision, let scale)):
      return decimal(unscaled, Self.power(from), precision, scale)
    case (.decimal(let unscaled, let scale), .double): return .double(Double(Int64(unscaled)) / Double(Self.power(scale)))
    case (.string(let text), .int), (.string(let text), .bigint):
      let trimmed = text.drop { $0 == " " }.reversed().drop { $0 == " " }.reversed()
      return Int128(String(trimmed)).map { integer($0, type) } ?? .null
    default: return .null
    }
  }

  private static func like(_ text: ArraySlice<Unicode.Scalar>, _ pattern: ArraySlice<Unicode.Scalar>) -> Bool {
    guard let first = pattern.first else { return text.isEmpty }
    let rest = pattern.dropFirst()
    switch first {
    case "%": return (text.startIndex...text.endIndex).contains { like(text[$0...], rest) }
    case "_": return !text.isEmpty && like(text.dropFirst(), rest)
    case "\\": return text.first == rest.first && like(text.dropFirst(), rest.dropFirst())
    default: return text.first == first && like(text.dropFirst(), rest)
    }
  }

  private func call(_ function: ScalarFunction, _ arguments: [Value]) -> Value {
    switch function {
    case .coalesce: return arguments.first { !$0.isNull } ?? .null
    case .nullif: return Self.order(arguments[0], arguments[1]) == 0 ? .null : arguments[0]
    case .greatest, .least:
      let sign = function == .greatest ? 1 : -1
      return arguments.reduce(.null) { best, candidate in
        if best.isNull || candidate.isNull { return best.isNull ? candidate : best }
        return Self.order(candidate, best)! * sign > 0 ? candidate : best
      }
    default: break
    }
    if arguments.contains(.null) { return .null }
    let text = arguments.map { if case .string(let text) = $0 { text } else { "" } }
    switch function {
    case .concat: return .string(text.joined())
    case .length: return .integer(Int64(text[0].unicodeScalars.count))
    case .upper: return .string(text[0].uppercased())
    case .startswith: return .boolean(Array(text[0].utf8).starts(with: text[1].utf8))
    case .substring:
      guard case .integer(let position) = arguments[1], case .integer(let length) = arguments[2] else { return .null }
      let scalars = Array(text[0].unicodeScalars)
      let start = position > 0 ? Int(position) - 1 : position < 0 ? scalars.count + Int(position) : 0
      var result = String.UnicodeScalarView()
      for index in scalars.indices where index >= start && index < start + Int(length) { result.append(scalars[index]) }
      return .string(String(result))
    default: return .null
    }
  }
}
