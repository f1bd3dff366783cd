import TidemillColumns
import TidemillPlan
import TidemillSQL

/// Trees as short text with all parentheses, so that a test shows its expectation in one line.
func shown(_ expression: Expression) -> String {
  func list(_ expressions: [Expression]) -> String { expressions.map(shown).joined(separator: ", ") }
  func filtered(_ filter: Expression?) -> String { filter.map { " FILTER \(shown($0))" } ?? "" }
  switch expression.node {
  case .column(let parts): return parts.joined(separator: ".")
  case .literal(.string(let text), _): return "'\(text)'"
  case .literal(let value, .int), .literal(let value, .boolean): return "\(value)"
  case .literal(.null, _): return "NULL"
  case .literal(let value, let type): return "\(type)(\(value))"
  case .interval(let span): return "[\(span)]"
  case .unary(let symbol, let operand): return "(\(symbol.rawValue) \(shown(operand)))"
  case .binary(let symbol, let left, let right): return "(\(shown(left)) \(symbol.rawValue) \(shown(right)))"
  case .call(let name, let arguments): return "\(name)(\(list(arguments)))"
  case .aggregate(let name, let arguments, let distinct, let filter):
    return "\(name)!(\(distinct ? "DISTINCT " : "")\(list(arguments)))\(filtered(filter))"
  case .countRows(let filter): return "count!(*)\(filtered(filter))"
  case .cast(let operand, let type): return "cast(\(shown(operand)) as \(type))"
  case .caseWhen(let clauses, let otherwise):
    let parts = clauses.map { "WHEN \(shown($0.condition)) THEN \(shown($0.result))" }
    return "(CASE \(parts.joined(separator: " "))\(otherwise.map { " ELSE \(shown($0))" } ?? ""))"
  case .isNull(let operand): return "(\(shown(operand)) IS NULL)"
  case .inList(let operand, let values): return "(\(shown(operand)) IN \(list(values)))"
  case .like(let operand, let pattern): return "(\(shown(operand)) LIKE \(shown(pattern)))"
  case .rowNumber(let partition, let order):
    let keys = order.map {
      "\(shown($0.expression)) \($0.ascending ? "ASC" : "DESC") NULLS \($0.nullsFirst ? "FIRST" : "LAST")"
    }
    return "row_number(\(list(partition)); \(keys.joined(separator: ", ")))"
  case .star: return "*"
  case .starOf(let name): return "\(name).*"
  }
}

func shown(_ item: SelectItem) -> String { shown(item.expression) + (item.alias.map { " AS \($0)" } ?? "") }

func shown(_ plan: LogicalPlan) -> String {
  switch plan {
  case .stream(let name, _): return "stream \(name)"
  case .join(let join):
    let condition =
      switch join.condition {
      case .on(let condition): "on \(shown(condition))"
      case .using(let names): "using \(names.map(shown).joined(separator: ", "))"
      }
    return "\(shown(join.left))\n\(join.kind) join (\(shown(join.right))) \(condition)"
  case .alias(let name, let input): return shown(input) + "\nalias \(name)"
  case .watermark(let column, let delay, let input): return shown(input) + "\nwatermark \(column) \(delay)"
  case .filter(let condition, let input): return shown(input) + "\nfilter \(shown(condition))"
  case .project(let items, let input): return shown(input) + "\nproject " + items.map(shown).joined(separator: ", ")
  case .aggregate(let grouping, let input):
    return shown(input) + "\naggregate by [" + grouping.keys.map(shown).joined(separator: ", ") + "] "
      + grouping.items.map(shown).joined(separator: ", ") + (grouping.having.map { " having \(shown($0))" } ?? "")
  case .qualify(let condition, let input): return shown(input) + "\nqualify \(shown(condition))"
  case .deduplicate(let columns, let input): return shown(input) + "\ndeduplicate [\(columns.joined(separator: ", "))]"
  case .invalid(let error): return "invalid \(error)"
  }
}

func expression(_ text: String) throws(TidemillError) -> String { shown(try SQLParser.parseExpression(text)) }

func query(_ text: String) throws(TidemillError) -> String { shown(try SQLParser.parseQuery(text)) }

/// The rendered error of a script; the empty text when there is none.
func failure(_ text: String) -> String {
  do throws(TidemillError) {
    _ = try SQLParser.parseScript(text)
    return ""
  } catch {
    return Diagnostics.render(error, in: text)
  }
}

/// Message and hint of the error that an expression gives, without its place.
func refusal(_ text: String) -> String {
  do throws(TidemillError) {
    _ = try SQLParser.parseExpression(text)
    return ""
  } catch {
    return error.description
  }
}

extension TextRange {
  /// What stands there.
  func text(in text: String) -> String {
    String(decoding: Array(text.utf8)[lowerBound..<upperBound], as: UTF8.self)
  }
}
