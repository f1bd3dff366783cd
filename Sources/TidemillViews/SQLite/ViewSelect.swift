#if SQLite
  import Foundation
  import GRDB
  import TableSinks
  import TidemillColumns

  /// A view's query as SQL.
  struct ViewSelect {
    let schema: Schema
    /// The table's name in quotes.
    let table: String
    /// For messages.
    let view: String

    /// - Parameter columns: the ordinals that are read.
    /// - Throws: `TidemillError` when the query does not fit the schema.
    func sql(_ query: ViewQuery, columns: [Int]) throws -> (text: String, arguments: StatementArguments) {
      var arguments: [any DatabaseValueConvertible] = []
      let selected = columns.flatMap { names(ViewColumn($0)) }
      // A row without columns is a row all the same.
      var text = "SELECT \(selected.isEmpty ? "1" : selected.joined(separator: ", ")) FROM \(table)"
      let filters = try query.filters.map { try condition($0, &arguments) }
      if !filters.isEmpty { text += " WHERE " + filters.joined(separator: " AND ") }
      let order = try query.order.flatMap { try terms($0) }
      if !order.isEmpty { text += " ORDER BY " + order.joined(separator: ", ") }
      if let limit = query.limit {
        guard limit >= 0 else { throw invalid("a limit cannot be \(limit)") }
        // One more tells whether there are more.
        text += " LIMIT \(limit < .max ? limit + 1 : limit)"
      }
      return (text, StatementArguments(arguments))
    }

    private func invalid(_ message: String, hint: String? = nil) -> TidemillError {
      TidemillError(.invalidQuery, "view \(view): \(message)", hint: hint)
    }

    /// The columns of the table that hold it.
    private func names(_ column: ViewColumn) -> [String] {
      let field = schema[column.ordinal]
      guard field.type == .window else { return [SQLName.quoted(field.name)] }
      let ends = [SQLName.quoted(field.name + "_start"), SQLName.quoted(field.name + "_end")]
      return switch column.part {
      case .whole: ends
      case .start: [ends[0]]
      case .end: [ends[1]]
      }
    }

    /// - Returns: the type of what is compared.
    private func check(_ column: ViewColumn) throws -> DataType {
      guard schema.fields.indices.contains(column.ordinal) else { throw invalid("there is no column \(column.ordinal)") }
      let field = schema[column.ordinal]
      if column.part == .whole { return field.type }
      guard field.type == .window else {
        throw invalid("column `\(field.name)` is no window, and has no start and no end", hint: "name the column alone")
      }
      return .timestamp
    }

    private func terms(_ order: ViewOrder) throws -> [String] {
      let type = try check(order.column)
      return names(order.column).map { name in
        var term = name
        if case .decimal = type { term += " COLLATE \(DecimalCollation.name)" }
        term += order.isDescending ? " DESC" : " ASC"
        // SQLite's own order is Spark's; said aloud, it would keep SQLite from using an index.
        if order.nullsFirst == order.isDescending { term += order.nullsFirst ? " NULLS FIRST" : " NULLS LAST" }
        return term
      }
    }

    // MARK: Filters

    private func condition(_ filter: ViewFilter, _ arguments: inout [any DatabaseValueConvertible]) throws -> String {
      let type = try check(filter.column)
      let names = names(filter.column)
      let comparison: String
      switch filter.comparison {
      case .isNull: return "\(names[0]) IS NULL"
      case .isNotNull: return "\(names[0]) IS NOT NULL"
      case .equal: comparison = "="
      case .notEqual: comparison = "<>"
      case .less: comparison = "<"
      case .lessOrEqual: comparison = "<="
      case .greater: comparison = ">"
      case .greaterOrEqual: comparison = ">="
      }
      if filter.value.isNull { return "false" }
      if case .window(let start, let end) = filter.value, names.count == 2 {
        arguments += [Self.text(start), Self.text(end)]
        return "(\(names[0]), \(names[1])) \(comparison) (?, ?)"
      }
      guard names.count == 1, let (left, argument) = operand(names[0], type, filter.value) else {
        throw invalid(
          "column `\(schema[filter.column.ordinal].name)` is \(type), and cannot be compared with `\(filter.value)`",
          hint: "compare it with a value of its type")
      }
      arguments.append(argument)
      return "\(left) \(comparison) ?"
    }

    /// What stands on the left, and what it is compared with; `nil` for types that do not go together.
    private func operand(
      _ name: String, _ type: DataType, _ value: Value
    ) -> (left: String, argument: any DatabaseValueConvertible)? {
      let exact = " COLLATE \(DecimalCollation.name)"
      return switch (type, value) {
      case (.boolean, .boolean(let value)): (name, value ? 1 : 0)
      case (.int, .integer(let value)), (.bigint, .integer(let value)), (.double, .integer(let value)): (name, value)
      case (.int, .double(let value)), (.bigint, .double(let value)), (.double, .double(let value)): (name, Self.number(value))
      case (.int, .decimal), (.bigint, .decimal): ("CAST(\(name) AS TEXT)\(exact)", value.description)
      case (.double, .decimal): (name, Self.number(Double(value.description) ?? .nan))
      case (.decimal, .decimal), (.decimal, .integer): (name + exact, value.description)
      case (.decimal, .double(let value)): ("CAST(\(name) AS REAL)", Self.number(value))
      // GRDB ends a text at the first zero.
      case (.string, .string(let value)) where value.utf8.contains(0): ("CAST(\(name) AS BLOB)", Data(value.utf8))
      case (.string, .string(let value)): (name, value)
      case (.date, .date): (name, value.description)
      case (.timestamp, .timestamp(let value)): (name, Self.text(value))
      default: nil
      }
    }

    /// NaN is text there, which is above all numbers.
    private static func number(_ value: Double) -> any DatabaseValueConvertible { value.isNaN ? "NaN" : value }

    /// A time as the sink writes it.
    static func text(_ time: EventTime) -> String {
      let text = TimestampText.string(microseconds: time.microseconds).dropLast()
      let digits = text.split(separator: ".").dropFirst().first?.count ?? 0
      return text + (digits == 0 ? "." : "") + String(repeating: "0", count: 6 - digits) + "Z"
    }
  }
#endif
