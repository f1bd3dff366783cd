import TidemillColumns

extension Expression {
  /// The operands, in order.
  var children: [Expression] {
    switch node {
    case .column, .literal, .interval, .star, .starOf: []
    case .unary(_, let operand), .cast(let operand, _), .isNull(let operand): [operand]
    case .binary(_, let left, let right): [left, right]
    case .call(_, let arguments): arguments
    case .aggregate(_, let arguments, _, let filter): arguments + (filter.map { [$0] } ?? [])
    case .countRows(let filter): filter.map { [$0] } ?? []
    case .caseWhen(let branches, let otherwise):
      branches.flatMap { [$0.condition, $0.result] } + (otherwise.map { [$0] } ?? [])
    case .inList(let operand, let items): [operand] + items
    case .like(let operand, let pattern): [operand, pattern]
    case .rowNumber(let partition, let order): partition + order.map(\.expression)
    }
  }

  /// Whether this node itself is an aggregate.
  var isAggregate: Bool {
    switch node {
    case .aggregate, .countRows: true
    case .call(let name, _): AggregateNames.isAggregate(name)
    default: false
    }
  }

  var containsAggregate: Bool { isAggregate || children.contains { $0.containsAggregate } }

  var isRowNumber: Bool { if case .rowNumber = node { true } else { false } }

  var containsRowNumber: Bool { isRowNumber || children.contains { $0.containsRowNumber } }

  /// The conditions that must all hold.
  var conjuncts: [Expression] {
    if case .binary(.and, let left, let right) = node { left.conjuncts + right.conjuncts } else { [self] }
  }

  /// Where it stands, or the first of its parts that stands anywhere.
  var place: TextRange? { range ?? children.lazy.compactMap(\.place).first }
}
