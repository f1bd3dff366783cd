import TidemillColumns

/// What is asked of a view: which of its rows, in which order, how many at most.
public struct ViewQuery: Hashable, Sendable {
  /// All of them hold for each row that is given.
  public var filters: [ViewFilter]
  /// The first decides; rows that are alike in all come in any order.
  public var order: [ViewOrder]
  /// How many rows at most; `nil`: all.
  public var limit: Int?

  public init(filters: [ViewFilter] = [], order: [ViewOrder] = [], limit: Int? = nil) {
    self.filters = filters
    self.order = order
    self.limit = limit
  }
}

/// What is asked of a view, and which columns of it.
package struct ViewPart: Hashable, Sendable {
  package var query: ViewQuery
  /// Ordinals of the columns that the rows have, in this order.
  package var columns: [Int]

  package init(query: ViewQuery = ViewQuery(), columns: [Int]) {
    self.query = query
    self.columns = columns
  }
}

/// A column of a view, or one end of its windows.
public struct ViewColumn: Hashable, Sendable {
  /// What of the column is meant.
  public enum Part: Hashable, Sendable {
    /// All of it: of a window, the start first, then the end.
    case whole
    /// The start of a window, a `TIMESTAMP`.
    case start
    /// The end of a window, a `TIMESTAMP`.
    case end
  }

  /// The column's ordinal in the view's schema.
  public var ordinal: Int
  /// `whole` for all columns but windows.
  public var part: Part

  public init(_ ordinal: Int, _ part: Part = .whole) {
    self.ordinal = ordinal
    self.part = part
  }
}

/// A condition on one column. Strings compare by their bytes, decimals and other numbers by value, NaN is equal to itself and
/// above all other doubles. A comparison with a NULL in the row never holds, `notEqual` neither.
public struct ViewFilter: Hashable, Sendable {
  /// How a row's value is compared.
  public enum Comparison: Hashable, Sendable {
    case equal, notEqual, less, lessOrEqual, greater, greaterOrEqual
    /// Whether the row has no value, or has one; `value` is not looked at.
    case isNull, isNotNull
  }

  public var column: ViewColumn
  public var comparison: Comparison
  /// A value of the column's type; for a number's column any number.
  public var value: Value

  public init(_ column: ViewColumn, _ comparison: Comparison, _ value: Value = .null) {
    self.column = column
    self.comparison = comparison
    self.value = value
  }
}

/// One part of an order.
public struct ViewOrder: Hashable, Sendable {
  public var column: ViewColumn
  /// Whether the greatest value comes first.
  public var isDescending: Bool
  /// Whether rows without a value come first: as in Spark, when ascending, unless said otherwise.
  public var nullsFirst: Bool

  public init(_ column: ViewColumn, isDescending: Bool = false, nullsFirst: Bool? = nil) {
    self.column = column
    self.isDescending = isDescending
    self.nullsFirst = nullsFirst ?? !isDescending
  }
}
