import TidemillColumns
import TidemillPlan

/// Computes expressions over whole columns.
///
/// Every expression is total: what cannot be computed for a row is NULL there. Expressions must be typed as
/// `TypedExpression` says; one that is not is a mistake of the planner and traps.
package struct ExpressionEvaluator: Sendable {
  /// The zone of casts between text and timestamps and of calendar functions.
  package let zone: SessionZone
  /// How long texts may become; says whether one became longer.
  package let text: TextBound

  package init(zone: SessionZone, text: TextBound = TextBound()) {
    self.zone = zone
    self.text = text
  }

  /// The expression's value for each of `count` rows. A mere column reference gives the column itself, not a copy.
  ///
  /// - Parameter columns: what the expression's ordinals refer to, each of `count` rows.
  package func evaluate(_ expression: TypedExpression, _ columns: [Column], count: Int) -> Column {
    Evaluation(columns: columns, kernels: RowKernels(zone: zone, count: count, text: text)).operand(expression).spread(
      over: count)
  }

  /// One byte a row: 1 where the condition is true, 0 where it is false or NULL. May share memory with a column, so it must
  /// not be changed.
  package func selection(_ condition: TypedExpression, _ columns: [Column], count: Int) -> Buffer<UInt8> {
    Evaluation(columns: columns, kernels: RowKernels(zone: zone, count: count, text: text)).selected(condition)
  }
}

/// The evaluation of expressions over one batch.
struct Evaluation {
  let columns: [Column]
  let kernels: RowKernels

  func operand(_ expression: TypedExpression) -> Operand {
    let type = expression.type
    switch expression.kind {
    case .column(let ordinal):
      precondition(ordinal >= 0 && ordinal < columns.count, "column \(ordinal) of a batch of \(columns.count)")
      return Operand(columns[ordinal])
    case .literal(let value): return Operand(constant: value, type)
    case .not(let operand): return strict([operand], type) { $0.not($1[0]) }
    case .and(let left, let right): return lenient([left, right]) { $0.and($1[0], $1[1]) }
    case .or(let left, let right): return lenient([left, right]) { $0.or($1[0], $1[1]) }
    case .negate(let operand): return strict([operand], type) { $0.negate($1[0], type) }
    case .arithmetic(let symbol, let left, let right):
      return strict([left, right], type) { $0.arithmetic(symbol, $1[0], $1[1], type) }
    case .comparison(let symbol, let left, let right):
      return strict([left, right], type) { $0.comparison(symbol, $1[0], $1[1]) }
    case .isNull(let operand): return lenient([operand]) { $0.isNull($1[0]) }
    case .cast(let operand): return strict([operand], type) { $0.cast($1[0], to: type) }
    case .caseWhen(let branches, let otherwise): return caseWhen(branches, otherwise: otherwise, type)
    case .inList(let operand, let values): return strict([operand], type) { $0.inList($1[0], values) }
    case .like(let operand, let pattern): return strict([operand], type) { $0.like($1[0], LikePattern(pattern)) }
    case .function(let function, let arguments):
      switch function {
      case .coalesce: return lenient(arguments) { $0.coalesce($1, type) }
      case .nullif: return lenient(arguments) { $0.nullif($1[0], $1[1]) }
      case .greatest: return lenient(arguments) { $0.extreme(.greater, $1, type) }
      case .least: return lenient(arguments) { $0.extreme(.less, $1, type) }
      default: return strict(arguments, type) { $0.function(function, $1, type) }
      }
    }
  }

  /// An operator that gives NULL when any operand is NULL, and therefore never sees the constant NULL.
  private func strict(
    _ arguments: [TypedExpression], _ type: DataType, _ kernel: (RowKernels, [Operand]) -> Column
  ) -> Operand {
    let operands = arguments.map { operand($0) }
    if operands.contains(where: \.isNullConstant) { return Operand(constant: .null, type) }
    return apply(operands, kernel)
  }

  /// An operator with its own rules for NULL.
  private func lenient(_ arguments: [TypedExpression], _ kernel: (RowKernels, [Operand]) -> Column) -> Operand {
    apply(arguments.map { operand($0) }, kernel)
  }

  /// Computes constants of constants once, not for every row.
  private func apply(_ operands: [Operand], _ kernel: (RowKernels, [Operand]) -> Column) -> Operand {
    if operands.allSatisfy(\.isConstant) {
      return Operand(kernel(RowKernels(zone: kernels.zone, count: 1, text: kernels.text), operands), isConstant: true)
    }
    return Operand(kernel(kernels, operands))
  }

  private func caseWhen(_ branches: [TypedWhen], otherwise: TypedExpression?, _ type: DataType) -> Operand {
    let conditions = branches.map { selected($0.condition) }
    var results = branches.map { operand($0.result) }
    results.append(otherwise.map { operand($0) } ?? Operand(constant: .null, type))
    return Operand(kernels.choose(conditions, results, type))
  }

  /// Rows for which the condition is true. AND and OR need no third value here: NULL and false are both "not selected".
  func selected(_ condition: TypedExpression) -> Buffer<UInt8> {
    switch condition.kind {
    case .and(let left, let right): return kernels.both(selected(left), selected(right))
    case .or(let left, let right): return kernels.either(selected(left), selected(right))
    default: return kernels.selection(operand(condition))
    }
  }
}
