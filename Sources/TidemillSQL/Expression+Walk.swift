import TidemillColumns
import TidemillPlan

extension Expression {
  /// The expressions that this one is made of.
  var children: [Expression] {
    switch node {
    case .column, .literal, .interval, .star, .starOf: []
    case .unary(_, let operand), .cast(let operand, _), .isNull(let operand): [operand]
    case .binary(_, let left, let right): [left, right]
    case .like(let operand, let pattern): [operand, pattern]
    case .call(_, let arguments): arguments
    case .aggregate(_, let arguments, _, let filter): arguments + (filter.map { [$0] } ?? [])
    case .countRows(let filter): filter.map { [$0] } ?? []
    case .caseWhen(let clauses, let otherwise):
      clauses.flatMap { [$0.condition, $0.result] } + (otherwise.map { [$0] } ?? [])
    case .inList(let operand, let values): [operand] + values
    case .rowNumber(let partition, let order): partition + order.map(\.expression)
    }
  }

  /// Whether an aggregate is in it, which makes its query a grouping one.
  var containsAggregate: Bool {
    switch node {
    case .aggregate, .countRows: true
    default: children.contains { $0.containsAggregate }
    }
  }

  /// How many nodes it has, counted no further than `limit`.
  func nodeCount(limit: Int) -> Int {
    var count = 0
    var rest = [self]
    while count < limit, let next = rest.popLast() {
      count += 1
      rest += next.children
    }
    return count
  }
}
