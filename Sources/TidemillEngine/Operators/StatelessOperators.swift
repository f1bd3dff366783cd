import TidemillColumns
import TidemillPlan

/// `HAVING` and other conditions behind an aggregation: changes pass when their row does.
final class FilterOperator: ChangeOperator {
  private let condition: TypedExpression
  private let evaluator: ExpressionEvaluator

  init(_ condition: TypedExpression, _ evaluator: ExpressionEvaluator) {
    self.condition = condition
    self.evaluator = evaluator
  }

  func process(_ changes: Batch, _ moment: Moment) throws -> Batch { changes.filtered(by: condition, evaluator) }
}

/// The select list behind an aggregation.
final class ProjectOperator: ChangeOperator {
  private let items: [NamedExpression]
  private let evaluator: ExpressionEvaluator

  init(_ items: [NamedExpression], _ evaluator: ExpressionEvaluator) {
    self.items = items
    self.evaluator = evaluator
  }

  func process(_ changes: Batch, _ moment: Moment) throws -> Batch { changes.projected(items, evaluator) }
}

extension Batch {
  /// The rows for which the condition is true.
  func filtered(by condition: TypedExpression, _ evaluator: ExpressionEvaluator) -> Batch {
    let kept = selected(by: condition, evaluator)
    return kept.count == count ? self : selecting(kept)
  }

  /// The positions of the rows for which the condition is true.
  func selected(by condition: TypedExpression, _ evaluator: ExpressionEvaluator) -> [Int] {
    let mask = evaluator.selection(condition, columns, count: count)
    let bytes = mask.base
    var kept: [Int] = []
    kept.reserveCapacity(count)
    for row in 0..<count where bytes[row] != 0 { kept.append(row) }
    return kept
  }

  /// The columns that the items compute.
  func projected(_ items: [NamedExpression], _ evaluator: ExpressionEvaluator) -> Batch {
    Batch(
      schema: Schema(items.map { Field($0.name, $0.expression.type) }), count: count,
      columns: items.map { evaluator.evaluate($0.expression, columns, count: count) }, weights: weights)
  }
}
