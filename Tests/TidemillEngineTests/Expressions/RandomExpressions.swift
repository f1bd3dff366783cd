import TidemillColumns
import TidemillPlan

/// Random columns and random well-typed expressions over them.
struct RandomExpressions {
  var numbers: SeededNumbers
  static let money = DataType.decimal(precision: 10, scale: 2)
  static let types: [DataType] = [.boolean, .int, .bigint, .double, money, .string, .timestamp]
  /// Two columns of each type.
  static let schema = types + types

  mutating func pick<Element>(_ choices: [Element]) -> Element { choices.randomElement(using: &numbers)! }

  mutating func chance(_ percent: Int) -> Bool { Int.random(in: 0..<100, using: &numbers) < percent }

  mutating func value(_ type: DataType) -> Value {
    switch type {
    case .boolean: return .boolean(chance(50))
    case .int: return .integer(pick([0, 1, -1, 7, -13, 2_147_483_647, -2_147_483_648, 65_536, 1000]))
    case .bigint: return .integer(pick([0, 1, -1, 3, -7, .max, .min, 4_294_967_296, -3_037_000_500, 12]))
    case .double:
      return .double(pick([0, -0.0, 1, -1.5, 2.5, .nan, .infinity, -.infinity, 1e18, 3e9, 0.1, -2_147_483_648.5]))
    case .decimal(let precision, let scale):
      let digits = Int.random(in: 0...precision, using: &numbers)
      let limit = Int64(RowEvaluator.power(digits))
      return .decimal(
        unscaled: Int128(Int64.random(in: -limit...limit, using: &numbers) % Int64(RowEvaluator.power(precision))), scale: scale
      )
    case .timestamp: return .timestamp(EventTime(microseconds: pick([0, -1, 1, 1_700_000_000_000_000])))
    default:
      return .string(
        pick([
          "", "a", "ab", " 12 ", "-7", "é", "日本語", "a%b", "abc_d", "eu-west", "exactly 12 by", "a much longer text of words",
          "a much longer text of letters", "99999999999",
        ]))
    }
  }

  mutating func columns(rows: Int) -> [Column] {
    Self.schema.map { type in
      let percent = pick([0, 0, 20, 60])
      return column(type, (0..<rows).map { _ in chance(percent) ? .null : value(type) })
    }
  }

  mutating func expression(_ type: DataType, depth: Int) -> TypedExpression {
    if depth == 0 || chance(10) {
      let ordinals = Self.schema.indices.filter { Self.schema[$0] == type }
      if ordinals.isEmpty || chance(30) { return TypedExpression(type, .literal(chance(10) ? .null : value(type))) }
      return TypedExpression(type, .column(pick(ordinals)))
    }
    let next = depth - 1
    if chance(25) { return TypedExpression(type, common(type, next)) }
    return TypedExpression(type, specific(type, next))
  }

  /// What exists for every type.
  private mutating func common(_ type: DataType, _ depth: Int) -> TypedExpression.Kind {
    switch Int.random(in: 0..<5, using: &numbers) {
    case 0:
      let branches = (0...Int.random(in: 0..<3, using: &numbers)).map { _ in
        TypedWhen(condition: expression(.boolean, depth: depth), result: expression(type, depth: depth))
      }
      return .caseWhen(branches, otherwise: chance(60) ? expression(type, depth: depth) : nil)
    case 1: return .function(.nullif, [expression(type, depth: depth), expression(type, depth: depth)])
    case let number:
      let functions: [ScalarFunction] = [.coalesce, .greatest, .least]
      let arguments = (0...Int.random(in: 0..<3, using: &numbers)).map { _ in expression(type, depth: depth) }
      return .function(functions[number - 2], arguments)
    }
  }

  private mutating func specific(_ type: DataType, _ depth: Int) -> TypedExpression.Kind {
    switch type {
    case .boolean: return condition(depth)
    case .int, .bigint:
      switch Int.random(in: 0..<8, using: &numbers) {
      case 0: return .negate(expression(type, depth: depth))
      case 1: return .cast(expression(pick([.boolean, .int, .bigint, .double, Self.money, .string]), depth: depth))
      case 2 where type == .int: return .function(.length, [expression(.string, depth: depth)])
      default: return arithmetic([.add, .subtract, .multiply, .remainder], type, depth)
      }
    case .double:
      switch Int.random(in: 0..<6, using: &numbers) {
      case 0: return .negate(expression(type, depth: depth))
      case 1: return .cast(expression(pick([.int, .bigint, Self.money]), depth: depth))
      default: return arithmetic([.add, .subtract, .multiply, .divide, .remainder], type, depth)
      }
    case .decimal:
      switch Int.random(in: 0..<6, using: &numbers) {
      case 0: return .negate(expression(type, depth: depth))
      case 1: return .cast(expression(pick([.int, .bigint, .decimal(precision: 12, scale: 5)]), depth: depth))
      default:
        let symbol = pick([.add, .subtract, .multiply, .divide, .remainder] as [ArithmeticOperator])
        let other = pick([type, .decimal(precision: 9, scale: 4), .decimal(precision: 8, scale: 0)])
        return .arithmetic(symbol, expression(type, depth: depth), expression(other, depth: depth))
      }
    case .string:
      switch Int.random(in: 0..<4, using: &numbers) {
      case 0: return .function(.concat, (0..<2).map { _ in expression(.string, depth: depth) })
      case 1: return .function(.upper, [expression(.string, depth: depth)])
      case 2: return .cast(expression(pick([.boolean, .int, .bigint]), depth: depth))
      default:
        let arguments = (0..<2).map { _ in TypedExpression(.int, .literal(.integer(pick([-9, -3, -1, 0, 1, 2, 3, 5, 14])))) }
        return .function(.substring, [expression(.string, depth: depth)] + arguments)
      }
    default: return common(type, depth)
    }
  }

  private mutating func arithmetic(_ symbols: [ArithmeticOperator], _ type: DataType, _ depth: Int) -> TypedExpression.Kind {
    .arithmetic(pick(symbols), expression(type, depth: depth), expression(type, depth: depth))
  }

  private mutating func condition(_ depth: Int) -> TypedExpression.Kind {
    let type = pick(Self.types)
    switch Int.random(in: 0..<10, using: &numbers) {
    case 0: return .not(expression(.boolean, depth: depth))
    case 1: return .and(expression(.boolean, depth: depth), expression(.boolean, depth: depth))
    case 2: return .or(expression(.boolean, depth: depth), expression(.boolean, depth: depth))
    case 3: return .isNull(expression(type, depth: depth))
    case 4:
      let values = (0..<Int.random(in: 1..<14, using: &numbers)).map { _ in chance(5) ? .null : value(type) }
      return .inList(expression(type, depth: depth), values)
    case 5:
      let pattern = pick(["%", "a%", "%b", "%é%", "_", "a\\%%", "%_本%", "%o%e%s", "a much longer text of words", "__%"])
      return .like(expression(.string, depth: depth), pattern: pattern)
    case 6: return .function(.startswith, [expression(.string, depth: depth), expression(.string, depth: depth)])
    default:
      let symbols: [ComparisonOperator] = [.equal, .notEqual, .less, .lessOrEqual, .greater, .greaterOrEqual]
      return .comparison(pick(symbols), expression(type, depth: depth), expression(type, depth: depth))
    }
  }
}
