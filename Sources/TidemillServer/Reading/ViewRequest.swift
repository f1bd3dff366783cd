#if Server
  import Tidemill

  /// Reads what a request asks of a view: `?limit=10&order=-total&product_id=tea&total.gt=10`.
  struct ViewRequest {
    static let usualLimit = 1000
    static let highestLimit = 100_000
    /// Conditions of a request.
    static let filterLimit = 32
    /// Columns of an order.
    static let orderLimit = 16

    let view: MaterializedView

    /// - Parameter others: parameters that mean something else.
    /// - Throws: `Problem` for what the view does not have or its columns cannot be.
    func query(_ items: QueryItems, others: Set<String> = []) throws -> ViewQuery {
      var query = ViewQuery(limit: try items.number("limit", in: 1...Self.highestLimit, default: Self.usualLimit))
      query.order = try order(try items.value("order") ?? "")
      let filters = items.items.filter { !["limit", "order"].contains($0.name) && !others.contains($0.name) }
      if filters.count > Self.filterLimit {
        throw Problem(
          .badRequest, "Wrong parameter", "there are \(filters.count) conditions, and at most \(Self.filterLimit) may be")
      }
      query.filters = try filters.map(filter)
      return query
    }

    /// - Throws: `Problem` for columns that the view does not have.
    func order(_ text: String) throws -> [ViewOrder] {
      let parts = text.split(separator: ",")
      if parts.count > Self.orderLimit {
        throw Problem(
          .badRequest, "Wrong parameter", "order names \(parts.count) columns, and at most \(Self.orderLimit) may be")
      }
      return try parts.map { part in
        let isDescending = part.hasPrefix("-")
        let name = String(isDescending ? part.dropFirst() : part)
        guard let column = column(name) else { throw unknown(name) }
        return ViewOrder(column, isDescending: isDescending)
      }
    }

    private static let comparisons: [String: ViewFilter.Comparison] = [
      "eq": .equal, "ne": .notEqual, "lt": .less, "le": .lessOrEqual, "gt": .greater, "ge": .greaterOrEqual, "null": .isNull,
    ]

    private func filter(_ name: String, _ text: String) throws -> ViewFilter {
      if let column = column(name) { return ViewFilter(column, .equal, try value(text, of: column, name)) }
      guard let point = name.lastIndex(of: "."), let comparison = Self.comparisons[String(name[name.index(after: point)...])],
        let column = column(String(name[..<point]))
      else { throw unknown(name) }
      guard comparison == .isNull else { return ViewFilter(column, comparison, try value(text, of: column, name)) }
      guard text == "true" || text == "false" else {
        throw Problem(.badRequest, "Wrong value", "\(name) cannot be '\(text)'; it takes true or false")
      }
      return ViewFilter(column, text == "true" ? .isNull : .isNotNull)
    }

    /// A column by its name, or an end of a window by `name.start` and `name.end`.
    private func column(_ name: String) -> ViewColumn? {
      if let ordinal = view.schema.ordinal(of: name) { return ViewColumn(ordinal) }
      for (ending, part) in [(".start", ViewColumn.Part.start), (".end", .end)] where name.hasSuffix(ending) {
        if let ordinal = view.schema.ordinal(of: String(name.dropLast(ending.count))), view.schema[ordinal].type == .window {
          return ViewColumn(ordinal, part)
        }
      }
      return nil
    }

    private func unknown(_ name: String) -> Problem {
      let names = view.schema.fields.map { $0.type == .window ? "\($0.name).start, \($0.name).end" : $0.name }
      return Problem(
        .badRequest, "Wrong parameter",
        "the view \(view.name) has no column '\(name)'; it has \(names.joined(separator: ", ")), to be followed by "
          + ".eq, .ne, .lt, .le, .gt, .ge or .null, and takes limit, order and format besides")
    }

    private func value(_ text: String, of column: ViewColumn, _ name: String) throws -> Value {
      let type = column.part == .whole ? view.schema[column.ordinal].type : .timestamp
      let wanted: String
      switch type {
      case .string: return .string(text)
      case .boolean:
        if text == "true" || text == "false" { return .boolean(text == "true") }
        wanted = "true or false"
      case .int, .bigint, .decimal:
        if let number = Self.number(text) { return number }
        wanted = "a number"
      case .double:
        if let number = Double(text) { return .double(number) }
        wanted = "a number"
      case .date:
        if let days = Self.days(text) { return .date(days) }
        wanted = "a date such as 2024-03-01"
      case .timestamp:
        if let time = TimestampText.microseconds(text, zone: view.zone) { return .timestamp(EventTime(microseconds: time)) }
        wanted = "a time such as 2024-03-01T12:00:00Z, in which a + is written %2B"
      case .window: wanted = "no value: compare \(name).start or \(name).end"
      }
      throw Problem(.badRequest, "Wrong value", "\(name) cannot be '\(text)'; it takes \(wanted)")
    }

    /// Exact as far as a decimal goes.
    private static func number(_ text: String) -> Value? {
      if let integer = Int64(text) { return .integer(integer) }
      let scale = text.firstIndex(of: ".").map { text.utf8.distance(from: text.index(after: $0), to: text.endIndex) } ?? 0
      var copy = text
      if !text.contains(where: { $0 == "e" || $0 == "E" }), scale <= 30,
        let unscaled = copy.withUTF8({ DecimalText.unscaled($0, precision: DataType.maximumPrecision, scale: scale) })
      {
        return .decimal(unscaled: unscaled, scale: scale)
      }
      return Double(text).map { .double($0) }
    }

    private static func days(_ text: String) -> Int64? {
      var text = text
      return text.withUTF8 { TimestampText.days($0) }
    }
  }
#endif
