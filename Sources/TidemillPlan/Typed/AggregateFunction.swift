import TidemillColumns

/// The aggregates: what they are called, what they take and what they give. A new one is a case here, with its name and its types;
/// its maths is an `Accumulator` of the engine.
public enum AggregateFunction: String, Hashable, Sendable, CaseIterable {
  /// `COUNT(*)`: no argument.
  case countRows = "count(*)"
  /// Rows whose argument is not NULL.
  case count
  /// Different values that are not NULL.
  case countDistinct = "count(DISTINCT)"
  /// The sum of the values that are not NULL; a sum beyond its type ends the query.
  case sum
  /// NULL where `sum` would be out of range.
  case trySum = "try_sum"
  /// The mean of the values that are not NULL.
  case avg
  /// The smallest value that is not NULL.
  case min
  /// The largest value that is not NULL.
  case max

  /// The names that SQL calls it by, in lower case; none for those that only the resolver makes.
  public var names: [String] {
    switch self {
    case .countRows: ["count_if"]
    case .countDistinct: []
    case .avg: ["avg", "mean"]
    case .count, .sum, .trySum, .min, .max: [rawValue]
    }
  }

  /// The aggregate of this name in lower case.
  public static func named(_ name: String) -> AggregateFunction? { byName[name] }

  /// Every name that means an aggregate.
  public static var allNames: [String] { Array(byName.keys) }

  private static let byName = Dictionary(
    uniqueKeysWithValues: allCases.flatMap { function in function.names.map { ($0, function) } })

  /// Whether it can give a result when rows that it took in are taken back, as the changing results of another aggregation are.
  ///
  /// Not over doubles: what rounding or an infinity has swallowed does not come back.
  public func takesBackRows(of type: DataType) -> Bool {
    switch self {
    case .countRows, .count: true
    case .sum, .trySum, .avg: type != .double
    case .countDistinct, .min, .max: false
    }
  }

  /// The type of its result over values of a type; `nil` when it does not take them.
  ///
  /// Source: Spark's `Sum`, `Average` and `Count`: four more digits behind the point for averages, ten more before it for sums.
  public func resultType(of type: DataType) -> DataType? {
    switch self {
    case .countRows, .count: return .bigint
    case .countDistinct: return type == .window ? nil : .bigint
    case .min, .max: return type == .window ? nil : type
    case .sum, .trySum:
      switch type {
      case .int, .bigint: return .bigint
      case .double: return .double
      case .decimal(let precision, let scale): return DecimalTypes.bounded(precision + 10, scale)
      default: return nil
      }
    case .avg:
      switch type {
      case .int, .bigint, .double: return .double
      case .decimal(let precision, let scale): return DecimalTypes.bounded(precision + 4, scale + 4)
      default: return nil
      }
    }
  }
}
