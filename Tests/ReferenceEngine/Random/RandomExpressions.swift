import TidemillColumns
import TidemillPlan

/// A column that a random expression may use.
struct RandomColumn {
  var name: String
  var type: DataType
  /// Whether sums of it are the same in any order: false for doubles that were divided, multiplied or averaged.
  var isExact: Bool
}

/// A seeded generator of well-typed expressions over some columns.
///
/// It stays with what the expression's documentation fixes: no text of doubles and timestamps, no square root of negative numbers.
struct RandomExpressions {
  var random: SplitMix64
  var columns: [RandomColumn]

  static let money = DataType.decimal(precision: 10, scale: 2)

  /// - Parameter depth: how many levels of operators there may be.
  mutating func expression(_ type: DataType, depth: Int) -> TypedExpression {
    if depth == 0 || random.chance(percent: 25) { return leaf(type) }
    switch random.integer(0...9) {
    case 0: return common(type, depth - 1)
    default:
      switch type {
      case .boolean: return boolean(depth - 1)
      case .int, .bigint: return integer(type, depth - 1)
      case .double: return double(depth - 1)
      case .decimal: return decimal(type, depth - 1)
      case .string: return string(depth - 1)
      case .date: return function(.toDate, .date, [expression(.timestamp, depth: depth - 1)])
      case .timestamp: return timestamp(depth - 1)
      case .window: return leaf(.window)
      }
    }
  }

  /// A condition for rows. Most are true for most rows, or little would be left to compare.
  mutating func condition(depth: Int) -> TypedExpression {
    let condition = expression(.boolean, depth: depth)
    if random.chance(percent: 30) { return condition }
    let ordinal = random.count(0...columns.count - 1)
    let isNull = TypedExpression(.boolean, .isNull(TypedExpression(columns[ordinal].type, .column(ordinal))))
    return TypedExpression(.boolean, .or(condition, TypedExpression(.boolean, .not(isNull))))
  }

  mutating func leaf(_ type: DataType) -> TypedExpression {
    if random.chance(percent: 70), let column = column(type) { return column }
    return literal(type)
  }

  mutating func column(_ type: DataType, exactOnly: Bool = false) -> TypedExpression? {
    let fitting = columns.indices.filter { columns[$0].type == type && (columns[$0].isExact || !exactOnly) }
    return fitting.isEmpty ? nil : TypedExpression(type, .column(random.pick(fitting)))
  }

  mutating func literal(_ type: DataType) -> TypedExpression {
    TypedExpression(type, .literal(random.chance(percent: 4) ? .null : constant(type)))
  }

  mutating func constant(_ type: DataType) -> Value {
    switch type {
    case .boolean: .boolean(random.chance(percent: 50))
    case .int, .bigint: .integer(random.pick([0, 1, 2, 3, -1, 7, 500, 40_000]))
    case .double: .double(random.pick([0, 0.25, 1, -2.5, 100, 750]))
    case .decimal(_, let scale): .decimal(unscaled: Int128(random.integer(-500...500_000)), scale: scale)
    case .string: .string(random.pick(["anna", "bert", "", "a", " ", "-", "É", "name of more than twelve bytes"]))
    case .date: .date(random.integer(-2...2))
    case .timestamp: .timestamp(EventTime(microseconds: random.pick([-60, 0, 300, 1_709_290_860]) * 1_000_000))
    case .window: .null
    }
  }

  private mutating func common(_ type: DataType, _ depth: Int) -> TypedExpression {
    switch random.integer(0...4) {
    case 0:
      let branches = (0..<random.count(1...2)).map { _ in
        TypedWhen(condition: expression(.boolean, depth: depth), result: expression(type, depth: depth))
      }
      let otherwise = random.chance(percent: 60) ? expression(type, depth: depth) : nil
      return TypedExpression(type, .caseWhen(branches, otherwise: otherwise))
    case 1: return function(.coalesce, type, [expression(type, depth: depth), leaf(type)])
    case 2: return function(.nullif, type, [expression(type, depth: depth), leaf(type)])
    case 3: return function(.greatest, type, [expression(type, depth: depth), leaf(type)])
    default: return function(.least, type, [expression(type, depth: depth), leaf(type), leaf(type)])
    }
  }

  private mutating func boolean(_ depth: Int) -> TypedExpression {
    let type = random.pick([.int, .bigint, .double, Self.money, .string, .date, .timestamp] as [DataType])
    switch random.integer(0...8) {
    case 0: return TypedExpression(.boolean, .not(expression(.boolean, depth: depth)))
    case 1: return TypedExpression(.boolean, .and(expression(.boolean, depth: depth), expression(.boolean, depth: depth)))
    case 2: return TypedExpression(.boolean, .or(expression(.boolean, depth: depth), expression(.boolean, depth: depth)))
    case 3: return TypedExpression(.boolean, .isNull(expression(type, depth: depth)))
    case 4:
      var constants = (0..<random.count(1...3)).map { _ in constant(type) }
      if random.chance(percent: 10) { constants.append(.null) }
      return TypedExpression(.boolean, .inList(expression(type, depth: depth), constants))
    case 5:
      let pattern = random.pick(["a%", "%e%", "_e__", "%\\%", "%name%twelve%", "", "É%"])
      return TypedExpression(.boolean, .like(expression(.string, depth: depth), pattern: pattern))
    case 6:
      let search = random.pick([.startswith, .endswith, .contains] as [ScalarFunction])
      return function(search, .boolean, [expression(.string, depth: depth), leaf(.string)])
    default:
      let symbol = random.pick([.equal, .notEqual, .less, .lessOrEqual, .greater, .greaterOrEqual] as [ComparisonOperator])
      return TypedExpression(
        .boolean, .comparison(symbol, expression(type, depth: depth), expression(type, depth: depth)))
    }
  }

  private mutating func integer(_ type: DataType, _ depth: Int) -> TypedExpression {
    switch random.integer(0...6) {
    case 0: return TypedExpression(type, .negate(expression(type, depth: depth)))
    case 1: return function(.abs, type, [expression(type, depth: depth)])
    case 2:
      let from = random.pick([.int, .bigint, .double, Self.money, .boolean] as [DataType])
      return TypedExpression(type, .cast(expression(from, depth: depth)))
    case 3 where type == .int: return function(.length, .int, [expression(.string, depth: depth)])
    case 3: return function(.unixMillis, .bigint, [expression(.timestamp, depth: depth)])
    case 4 where type == .int:
      let part = random.pick([.year, .month, .day, .hour, .minute, .second, .dayofweek] as [ScalarFunction])
      return function(part, .int, [expression(.timestamp, depth: depth)])
    case 4: return function(.unixTimestamp, .bigint, [expression(.timestamp, depth: depth)])
    default:
      let symbol = random.pick([.add, .subtract, .multiply, .remainder] as [ArithmeticOperator])
      return TypedExpression(type, .arithmetic(symbol, expression(type, depth: depth), expression(type, depth: depth)))
    }
  }

  private mutating func double(_ depth: Int) -> TypedExpression {
    switch random.integer(0...4) {
    case 0: return TypedExpression(.double, .negate(expression(.double, depth: depth)))
    case 1: return function(.sqrt, .double, [function(.abs, .double, [expression(.double, depth: depth)])])
    case 2: return TypedExpression(.double, .cast(expression(random.pick([.int, .bigint]), depth: depth)))
    default:
      let symbol = random.pick([.add, .subtract, .multiply, .divide] as [ArithmeticOperator])
      return TypedExpression(
        .double, .arithmetic(symbol, expression(.double, depth: depth), expression(.double, depth: depth)))
    }
  }

  private mutating func decimal(_ type: DataType, _ depth: Int) -> TypedExpression {
    let left = leaf(Self.money)
    let right = leaf(Self.money)
    switch random.integer(0...2) {
    case 0:
      let sum = TypedExpression(.decimal(precision: 11, scale: 2), .arithmetic(.add, left, right))
      return TypedExpression(type, .cast(sum))
    case 1:
      let product = TypedExpression(.decimal(precision: 21, scale: 4), .arithmetic(.multiply, left, right))
      return TypedExpression(type, .cast(product))
    default: return TypedExpression(type, .cast(expression(.int, depth: depth)))
    }
  }

  private mutating func string(_ depth: Int) -> TypedExpression {
    let text = expression(.string, depth: depth)
    let one = TypedExpression(.int, .literal(.integer(random.integer(1...3))))
    switch random.integer(0...5) {
    case 0: return function(random.pick([.lower, .upper]), .string, [text])
    case 1: return function(random.pick([.trim, .ltrim, .rtrim]), .string, [text])
    case 2:
      let start = TypedExpression(.int, .literal(.integer(random.integer(-4...4))))
      return function(.substring, .string, random.chance(percent: 50) ? [text, start] : [text, start, one])
    case 3: return function(.concat, .string, [text, leaf(.string)])
    case 4:
      let dash = TypedExpression(.string, .literal(.string("-")))
      return function(.splitPart, .string, [text, dash, one])
    default: return TypedExpression(.string, .cast(expression(random.pick([.int, .bigint, .boolean]), depth: depth)))
    }
  }

  private mutating func timestamp(_ depth: Int) -> TypedExpression {
    let time = expression(.timestamp, depth: depth)
    if random.chance(percent: 50) {
      let unit = TypedExpression(.string, .literal(.string(random.pick(["minute", "hour", "day", "week", "month"]))))
      return function(.dateTrunc, .timestamp, [unit, time])
    }
    let span = TypedExpression(.bigint, .literal(.integer(random.integer(-90...90) * 1_000_000)))
    return function(.timestampAdd, .timestamp, [time, span])
  }

  private func function(_ name: ScalarFunction, _ type: DataType, _ arguments: [TypedExpression]) -> TypedExpression {
    TypedExpression(type, .function(name, arguments))
  }
}
