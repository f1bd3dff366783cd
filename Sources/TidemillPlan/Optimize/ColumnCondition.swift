import TidemillColumns

/// What one column of a row must be for a query to look at the row at all: a part of its `WHERE`.
///
/// Sources that know what the values of many rows lie between may leave out those rows together.
public struct ColumnCondition: Hashable, Sendable {
  /// What is asked of the column's value. NULL passes `isNull` only.
  public enum Test: Hashable, Sendable {
    /// The value stands on the left.
    case compares(ComparisonOperator, Value)
    case isOneOf([Value])
    case isNull
    case isNotNull
  }

  /// A column of the stream, by its name.
  public var column: String
  public var test: Test

  public init(_ column: String, _ test: Test) {
    self.column = column
    self.test = test
  }

  /// Whether some value may pass.
  ///
  /// - Parameters:
  ///   - range: no value but NULL is outside of it; `nil` when nothing is known, or there is no value but NULL.
  ///   - mayBeNull: whether a value may be NULL.
  ///   - mayBeValue: whether a value may be other than NULL.
  public func mayHold(in range: ClosedValues?, mayBeNull: Bool, mayBeValue: Bool) -> Bool {
    switch test {
    case .isNull: return mayBeNull
    case .isNotNull: return mayBeValue
    case .compares(let comparison, let value): return mayBeValue && (range.map { $0.mayHold(comparison, value) } ?? true)
    case .isOneOf(let values):
      return mayBeValue && (range.map { range in values.contains { range.mayHold(.equal, $0) } } ?? true)
    }
  }

  /// A least and a greatest value of one type, both included.
  public struct ClosedValues: Hashable, Sendable {
    public var least: Value
    public var greatest: Value

    public init(_ least: Value, _ greatest: Value) {
      self.least = least
      self.greatest = greatest
    }

    fileprivate func mayHold(_ comparison: ComparisonOperator, _ value: Value) -> Bool {
      guard let low = least.order(to: value), let high = greatest.order(to: value) else { return true }
      return switch comparison {
      case .equal: low <= 0 && high >= 0
      case .notEqual: low != 0 || high != 0
      case .less: low < 0
      case .lessOrEqual: low <= 0
      case .greater: high > 0
      case .greaterOrEqual: high >= 0
      }
    }
  }
}

extension Value {
  /// Negative, zero or positive, as the engine orders values of one type; `nil` for what it does not order so simply.
  fileprivate func order(to other: Value) -> Int? {
    func order<Number: Comparable>(_ left: Number, _ right: Number) -> Int { left < right ? -1 : left > right ? 1 : 0 }
    switch (self, other) {
    case (.integer(let left), .integer(let right)): return order(left, right)
    case (.date(let left), .date(let right)): return order(left, right)
    case (.timestamp(let left), .timestamp(let right)): return order(left, right)
    case (.boolean(let left), .boolean(let right)): return order(left ? 1 : 0, right ? 1 : 0)
    case (.decimal(let left, let scale), .decimal(let right, let otherScale)):
      return scale == otherScale ? order(left, right) : nil
    case (.string(let left), .string(let right)):
      if left.utf8.elementsEqual(right.utf8) { return 0 }
      return left.utf8.lexicographicallyPrecedes(right.utf8) ? -1 : 1
    // Doubles that are no numbers have a place of their own, which nobody notes who notes what doubles lie between.
    default: return nil
    }
  }
}

extension QueryPlan {
  /// What every row must satisfy that the query looks at: those parts of its first filters that each ask for one column's value.
  ///
  /// Rows that do not are filtered, and nothing but their event times matters. A join with a static table keeps the stream's
  /// columns where they are, so that filters behind it ask the same of them as filters before it would.
  public var columnConditions: [ColumnCondition] {
    var conditions: [ColumnCondition] = []
    for stage in stages {
      switch stage {
      case .filter(let condition):
        conditions += condition.conjuncts.compactMap { ColumnCondition($0, of: scanSchema) }
      case .join: continue
      case .project, .deduplicate, .aggregate, .topN: return conditions
      }
    }
    return conditions
  }
}

extension ColumnCondition {
  /// `nil` for what asks for more than one column's value, or for something else than to lie somewhere.
  fileprivate init?(_ expression: TypedExpression, of schema: Schema) {
    /// The ordinal of a column of the stream, not of a table behind it.
    func plainColumn(_ operand: TypedExpression) -> Int? { operand.plainColumn.flatMap { $0 < schema.count ? $0 : nil } }
    switch expression.kind {
    case .comparison(let comparison, let left, let right):
      if let column = plainColumn(left), case .literal(let value) = right.kind, value != .null {
        self.init(schema[column].name, .compares(comparison, value))
      } else if let column = plainColumn(right), case .literal(let value) = left.kind, value != .null {
        self.init(schema[column].name, .compares(comparison.mirrored, value))
      } else {
        return nil
      }
    case .inList(let operand, let values):
      guard let column = plainColumn(operand) else { return nil }
      self.init(schema[column].name, .isOneOf(values.filter { $0 != .null }))
    case .isNull(let operand):
      guard case .column(let column) = operand.kind, column < schema.count else { return nil }
      self.init(schema[column].name, .isNull)
    case .not(let operand):
      guard case .isNull(let inner) = operand.kind, case .column(let column) = inner.kind, column < schema.count
      else { return nil }
      self.init(schema[column].name, .isNotNull)
    default: return nil
    }
  }
}

extension TypedExpression {
  /// The parts that `AND` joins.
  package var conjuncts: [TypedExpression] {
    if case .and(let left, let right) = kind { return left.conjuncts + right.conjuncts }
    return [self]
  }

  /// The ordinal of a column that this is, perhaps as a wider integer.
  fileprivate var plainColumn: Int? {
    switch kind {
    case .column(let ordinal): return ordinal
    case .cast(let inner):
      guard type == .bigint, inner.type == .int, case .column(let ordinal) = inner.kind else { return nil }
      return ordinal
    default: return nil
    }
  }
}

extension ComparisonOperator {
  /// The same with the sides changed.
  package var mirrored: ComparisonOperator {
    switch self {
    case .equal, .notEqual: self
    case .less: .greater
    case .lessOrEqual: .greaterOrEqual
    case .greater: .less
    case .greaterOrEqual: .lessOrEqual
    }
  }
}
