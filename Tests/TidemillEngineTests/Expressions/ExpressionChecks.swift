import Testing
import TidemillColumns
import TidemillPlan

@testable import TidemillEngine

/// One row of a table of expectations: the arguments and what they give.
struct Case {
  var arguments: [Value]
  var expected: Value

  init(_ arguments: Value..., gives expected: Value) {
    self.arguments = arguments
    self.expected = expected
  }
}

/// Evaluates every case with each argument as a column and as a constant, in all combinations.
func check(
  _ type: DataType, _ argumentTypes: [DataType], zone: SessionZone = .utc, _ cases: [Case],
  location: SourceLocation = #_sourceLocation, _ build: ([TypedExpression]) -> TypedExpression.Kind
) {
  let evaluator = ExpressionEvaluator(zone: zone)
  let columns = argumentTypes.enumerated().map { index, type in column(type, cases.map { $0.arguments[index] }) }
  let references = argumentTypes.enumerated().map { TypedExpression($1, .column($0)) }
  let whole = evaluator.evaluate(TypedExpression(type, build(references)), columns, count: cases.count)
  #expect(whole.count == cases.count, sourceLocation: location)
  for (row, one) in cases.enumerated() {
    expectSame(whole.value(row), one.expected, "\(one.arguments) as columns", location)
    let columns = columns.map { $0.selecting([row, row]) }
    for constants in 1..<(1 << argumentTypes.count) {
      let arguments = argumentTypes.enumerated().map { index, type in
        TypedExpression(type, constants >> index & 1 == 1 ? .literal(one.arguments[index]) : .column(index))
      }
      let result = evaluator.evaluate(TypedExpression(type, build(arguments)), columns, count: 2)
      expectSame(result.value(0), one.expected, "\(one.arguments) with constants \(constants)", location)
      expectSame(result.value(1), one.expected, "\(one.arguments) with constants \(constants)", location)
    }
  }
}

/// `check` of a function that gives NULL when any argument is NULL.
func check(
  _ function: ScalarFunction, _ argumentTypes: [DataType], _ type: DataType, zone: SessionZone = .utc, _ cases: Case...,
  location: SourceLocation = #_sourceLocation
) {
  let nulls = argumentTypes.indices.map { index in
    var one = cases[0]
    one.arguments[index] = .null
    one.expected = .null
    return one
  }
  check(type, argumentTypes, zone: zone, cases + nulls, location: location) { .function(function, $0) }
}

func expectSame(_ result: Value, _ expected: Value, _ comment: String, _ location: SourceLocation = #_sourceLocation) {
  #expect(isSame(result, expected), "\(comment) gives \(result), not \(expected)", sourceLocation: location)
}

/// Equal, where NaN equals NaN and -0.0 is not 0.0.
func isSame(_ left: Value, _ right: Value) -> Bool {
  if case .double(let one) = left, case .double(let two) = right {
    return one.bitPattern == two.bitPattern || one.isNaN && two.isNaN
  }
  return left == right
}

/// A column of these values, with the worst bytes there are under its NULLs.
func column(_ type: DataType, _ values: [Value]) -> Column {
  let builder = ColumnBuilder(type)
  for value in values { builder.append(value) }
  let column = builder.finish()
  guard let validity = column.validity else { return column }
  for row in values.indices where validity[row] == 0 {
    switch column.values {
    case .bytes(let buffer): buffer[row] = 0xFF
    case .int64(let buffer): buffer[row] = row.isMultiple(of: 2) ? .min : .max
    case .float64(let buffer): buffer[row] = .nan
    case .int128(let buffer): buffer[row] = .min
    case .string(let storage): storage.views[row] = StringView(head: 0x6161_6161_0000_1000, tail: 1 << 60)
    case .window(let start, let end):
      start[row] = .max
      end[row] = .min
    }
  }
  return column
}

func timestamp(_ text: String) -> Value {
  .timestamp(EventTime(microseconds: TimestampText.microseconds(text)!))
}

func date(_ text: String) -> Value {
  var text = text
  return .date(text.withUTF8 { TimestampText.days($0)! })
}

func decimal(_ unscaled: Int128, _ scale: Int) -> Value { .decimal(unscaled: unscaled, scale: scale) }

/// SplitMix64: the same numbers for the same seed everywhere.
struct SeededNumbers: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
    return mixed ^ (mixed >> 31)
  }
}

extension Value: ExpressibleByIntegerLiteral, ExpressibleByStringLiteral, ExpressibleByFloatLiteral,
  ExpressibleByBooleanLiteral
{
  public init(integerLiteral value: Int64) { self = .integer(value) }
  public init(stringLiteral value: String) { self = .string(value) }
  public init(floatLiteral value: Double) { self = .double(value) }
  public init(booleanLiteral value: Bool) { self = .boolean(value) }
}
