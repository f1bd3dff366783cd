import TidemillColumns

/// The `PARTITION BY` and `ORDER BY` of a row number, over the select's input.
struct RankDefinition: Hashable {
  struct Key: Hashable {
    var expression: TypedExpression
    var ascending: Bool
    var nullsFirst: Bool
  }

  var partition: [TypedExpression]
  var order: [Key]
}

/// One column of a select's output.
struct SelectOutput {
  enum Kind {
    case value(TypedExpression)
    case rank(RankDefinition)
  }

  var name: String
  var kind: Kind
  var range: TextRange?

  var value: TypedExpression? { if case .value(let expression) = kind { expression } else { nil } }
}

/// Looks up the items of a select list.
struct SelectList {
  var input: Relation
  var resolver: ExpressionResolver
  /// Whether `*` stands for the input's columns; above a GROUP BY it stands for nothing.
  var allowsStar: Bool

  func resolve(_ items: [SelectItem]) throws -> [SelectOutput] {
    var outputs: [SelectOutput] = []
    var starredCount = 0
    for item in items {
      if let columns = try starred(item.expression) {
        outputs += columns.map {
          SelectOutput(
            name: $0.name, kind: .value(TypedExpression(input.physical[$0.ordinal].type, .column($0.ordinal))),
            range: item.expression.range)
        }
        starredCount = outputs.count
        continue
      }
      let output = try output(item)
      // After `*` a column of the same name takes the place of the star's, as withColumn does.
      if let replaced = outputs[..<starredCount].firstIndex(where: { $0.name.lowercased() == output.name.lowercased() }) {
        outputs[replaced] = output
      } else {
        outputs.append(output)
      }
    }
    try checkNames(outputs)
    return outputs
  }

  /// The columns that `*` or `source.*` stands for; `nil` for anything else.
  private func starred(_ expression: Expression) throws -> [VisibleColumn]? {
    let source: String?
    switch expression.node {
    case .star: source = nil
    case .starOf(let name): source = name
    default: return nil
    }
    guard allowsStar else {
      throw TidemillError(
        .invalidQuery, "* cannot be selected from a GROUP BY", hint: "name the keys and aggregates", at: expression.range)
    }
    guard let source else { return input.visible.filter { !$0.isHidden } }
    let scope = input.scope
    guard scope.isQualifier(source) else {
      throw TidemillError(
        .invalidQuery, "there is no source `\(source)` in FROM",
        hint: NearNames.hint(for: source, among: scope.qualifiers, otherwise: "the sources are"), at: expression.range)
    }
    return input.visible.filter { $0.qualifier.map { $0.lowercased() == source.lowercased() } ?? true }
  }

  private func output(_ item: SelectItem) throws -> SelectOutput {
    let name = item.alias ?? DefaultNames.name(of: item.expression, qualifiers: input.qualifiers)
    let kind: SelectOutput.Kind =
      if case .rowNumber(let partition, let order) = item.expression.node {
        .rank(try rank(partition, order, at: item.expression.place))
      } else {
        .value(try resolver.resolve(item.expression))
      }
    return SelectOutput(name: name, kind: kind, range: item.expression.place)
  }

  func rank(_ partition: [Expression], _ order: [SortKey], at range: TextRange?) throws -> RankDefinition {
    guard !order.isEmpty else {
      throw TidemillError(
        .invalidQuery, "ROW_NUMBER() needs an ORDER BY", hint: "write OVER (PARTITION BY … ORDER BY total DESC)", at: range)
    }
    return RankDefinition(
      partition: try partition.map { wholeWindow(try resolver.resolve($0)) },
      order: try order.map {
        RankDefinition.Key(
          expression: try resolver.resolve($0.expression), ascending: $0.ascending, nullsFirst: $0.nullsFirst)
      })
  }

  /// The start or end of a window of fixed length parts rows as the window itself does.
  private func wholeWindow(_ expression: TypedExpression) -> TypedExpression {
    switch expression.kind {
    case .function(.windowStart, let arguments), .function(.windowEnd, let arguments):
      if case .column(let ordinal) = arguments[0].kind, input.physical[ordinal].isFixedWindow { return arguments[0] }
      return expression
    default: return expression
    }
  }

  private func checkNames(_ outputs: [SelectOutput]) throws {
    var seen: Set<String> = []
    for output in outputs where !seen.insert(output.name).inserted {
      throw TidemillError(
        .invalidQuery, "two selected columns are called `\(output.name)`", hint: "give one of them another name with AS",
        at: output.range)
    }
  }
}
