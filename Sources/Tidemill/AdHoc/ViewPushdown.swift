import TidemillColumns
import TidemillPlan
import TidemillViews

/// What of a query a view's database can do: leave out rows that the query would, and give only the first of an order.
///
/// The query does all of it again, so that what is done here only has to leave enough.
struct ViewPushdown {
  private(set) var query = ViewQuery()
  /// Whether the rows that come out of the plan are those that go in, but for these filters.
  private var isWhole = true
  /// What the columns of the step at hand are of the view's; `nil` for what is computed.
  private var columns: [ViewColumn?]

  /// - Parameter limit: how many rows are wanted.
  init(_ plan: QueryPlan, of view: MaterializedView, order: [TopN.Order], limit: Int) {
    columns = plan.scanSchema.fields.map { field in
      view.schema.fields.firstIndex { $0.name == field.name }.map { ViewColumn($0) }
    }
    for stage in plan.stages where isWhole || !columns.isEmpty { take(stage) }
    guard isWhole else { return }
    let terms = order.compactMap { key in
      columns[key.ordinal].map { ViewOrder($0, isDescending: !key.ascending, nullsFirst: key.nullsFirst) }
    }
    guard terms.count == order.count else { return }
    query.order = terms
    query.limit = limit
  }

  private mutating func take(_ stage: Stage) {
    switch stage {
    case .filter(let condition):
      for part in condition.conjuncts {
        if let filter = filter(part) { query.filters.append(filter) } else { isWhole = false }
      }
    case .project(let items): columns = items.map { column($0.expression) }
    case .join(let join):
      // Filters behind it ask the same of the stream's columns, which stay where they are.
      isWhole = false
      columns += join.side.values.map { _ in nil }
    case .deduplicate, .aggregate, .topN:
      isWhole = false
      columns = []
    }
  }

  private func column(_ expression: TypedExpression) -> ViewColumn? {
    switch expression.kind {
    case .column(let ordinal): return ordinal < columns.count ? columns[ordinal] : nil
    case .cast(let inner): return expression.type == .bigint && inner.type == .int ? column(inner) : nil
    case .function(.windowStart, let arguments): return column(arguments[0]).flatMap { part(.start, of: $0) }
    case .function(.windowEnd, let arguments): return column(arguments[0]).flatMap { part(.end, of: $0) }
    default: return nil
    }
  }

  private func part(_ part: ViewColumn.Part, of column: ViewColumn) -> ViewColumn? {
    column.part == .whole ? ViewColumn(column.ordinal, part) : nil
  }

  private func filter(_ condition: TypedExpression) -> ViewFilter? {
    switch condition.kind {
    case .comparison(let comparison, let left, let right):
      if let column = column(left), case .literal(let value) = right.kind {
        return ViewFilter(column, ViewFilter.Comparison(comparison), value)
      }
      if let column = column(right), case .literal(let value) = left.kind {
        return ViewFilter(column, ViewFilter.Comparison(comparison.mirrored), value)
      }
      return nil
    case .isNull(let operand): return column(operand).map { ViewFilter($0, .isNull) }
    case .not(let operand):
      guard case .isNull(let inner) = operand.kind else { return nil }
      return column(inner).map { ViewFilter($0, .isNotNull) }
    default: return nil
    }
  }
}

extension ViewFilter.Comparison {
  fileprivate init(_ comparison: ComparisonOperator) {
    self =
      switch comparison {
      case .equal: .equal
      case .notEqual: .notEqual
      case .less: .less
      case .lessOrEqual: .lessOrEqual
      case .greater: .greater
      case .greaterOrEqual: .greaterOrEqual
      }
  }
}
