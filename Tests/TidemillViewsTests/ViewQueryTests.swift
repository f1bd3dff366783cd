#if SQLite
  import ReferenceEngine
  import TableTesting
  import Testing
  import TidemillColumns
  import TidemillConnectors
  import TidemillPlan

  @testable import TidemillViews

  /// Filters and orders of views against the same in plain Swift.
  @Suite struct ViewQueryTests {
    static let shape = ResultShape(schema: TableCase.schema, key: nil, mode: .update, zone: .utc, queryName: "totals")

    /// How values of one type compare: negative, zero or positive.
    static func order(_ left: Value, _ right: Value) -> Int {
      func order<Number: Comparable>(_ left: Number, _ right: Number) -> Int { left < right ? -1 : left > right ? 1 : 0 }
      switch (left, right) {
      case (.boolean(let left), .boolean(let right)): return order(left ? 1 : 0, right ? 1 : 0)
      case (.integer(let left), .integer(let right)), (.date(let left), .date(let right)): return order(left, right)
      case (.double(let left), .double(let right)):
        return left.isNaN || right.isNaN ? order(left.isNaN ? 1 : 0, right.isNaN ? 1 : 0) : order(left, right)
      case (.decimal(let left, let scale), .decimal(let right, let other)):
        if scale == other { return order(left, right) }
        // Only small numbers are compared at other scales.
        let difference = scale - other
        return difference > 0
          ? order(left, right * DecimalText.powersOfTen[difference]) : order(left * DecimalText.powersOfTen[-difference], right)
      case (.string(let left), .string(let right)):
        if left == right { return 0 }
        return left.utf8.lexicographicallyPrecedes(right.utf8) ? -1 : 1
      case (.timestamp(let left), .timestamp(let right)): return order(left, right)
      case (.window(let start, let end), .window(let otherStart, let otherEnd)):
        return start == otherStart ? order(end, otherEnd) : order(start, otherStart)
      default: preconditionFailure("\(left) is not compared with \(right)")
      }
    }

    static func value(_ row: [Value], _ column: ViewColumn) -> Value {
      guard case .window(let start, let end) = row[column.ordinal] else { return row[column.ordinal] }
      return switch column.part {
      case .whole: row[column.ordinal]
      case .start: .timestamp(start)
      case .end: .timestamp(end)
      }
    }

    static func holds(_ filter: ViewFilter, _ row: [Value]) -> Bool {
      let value = value(row, filter.column)
      if filter.comparison == .isNull { return value.isNull }
      if filter.comparison == .isNotNull { return !value.isNull }
      if value.isNull || filter.value.isNull { return false }
      let order = order(value, filter.value)
      return switch filter.comparison {
      case .equal: order == 0
      case .notEqual: order != 0
      case .less: order < 0
      case .lessOrEqual: order <= 0
      case .greater: order > 0
      case .greaterOrEqual: order >= 0
      case .isNull, .isNotNull: false
      }
    }

    static func precedes(_ left: [Value], _ right: [Value], _ order: [ViewOrder]) -> Bool {
      for part in order {
        let (first, second) = (value(left, part.column), value(right, part.column))
        if first.isNull != second.isNull { return first.isNull == part.nullsFirst }
        if first.isNull { continue }
        let order = Self.order(first, second)
        if order != 0 { return (order < 0) != part.isDescending }
      }
      return false
    }

    static let comparisons: [ViewFilter.Comparison] = [
      .equal, .notEqual, .less, .lessOrEqual, .greater, .greaterOrEqual, .isNull, .isNotNull,
    ]

    private func randomColumn(_ random: inout SplitMix64) -> ViewColumn {
      let ordinal = random.count(0...TableCase.schema.count - 1)
      guard TableCase.schema[ordinal].type == .window else { return ViewColumn(ordinal) }
      return ViewColumn(ordinal, random.pick([.whole, .start, .end]))
    }

    private func randomQuery(_ rows: [[Value]], _ random: inout SplitMix64) -> ViewQuery {
      var query = ViewQuery()
      for _ in 0..<random.count(0...2) {
        let column = randomColumn(&random)
        query.filters.append(ViewFilter(column, random.pick(Self.comparisons), Self.value(random.pick(rows), column)))
      }
      for _ in 0..<random.count(0...3) {
        let nulls: Bool? = random.pick([nil, true, false])
        query.order.append(
          ViewOrder(randomColumn(&random), isDescending: random.chance(percent: 50), nullsFirst: nulls))
      }
      if random.chance(percent: 50) { query.limit = random.count(0...40) }
      return query
    }

    @Test(arguments: 1...8)
    func filtersAndOrdersAreThoseOfPlainSwift(seed: Int) async throws {
      var changes = RandomChanges(Self.shape, seed: UInt64(seed))
      var random = SplitMix64(seed: UInt64(seed) &+ 5)
      let folder = ViewFolder()
      let view = try folder.view(Self.shape)
      try await view.sink.open(Self.shape, lastEpoch: .none)
      for epoch in 1...25 { try await view.sink.write(changes.next(), epoch: Epoch(UInt64(epoch))) }
      let rows = changes.table
      try #require(rows.count > 10)
      var found = 0
      for _ in 0..<60 {
        let query = randomQuery(rows, &random)
        let snapshot = try await view.read(query)
        let given = snapshot.batch.rows
        let expected = rows.filter { row in query.filters.allSatisfy { Self.holds($0, row) } }
        let limit = query.limit ?? .max
        #expect(snapshot.isCut == (expected.count > limit))
        #expect(given.count == min(expected.count, limit), "\(query)")
        found += given.count
        for (first, second) in zip(given, given.dropFirst()) {
          #expect(!Self.precedes(second, first, query.order), "\(query)")
        }
        if !snapshot.isCut {
          #expect(ShownRows.of(given, window: 2) == ShownRows.of(expected, window: 2), "\(query)")
        } else if let last = given.last {
          // None that was left out comes before the last that is there.
          let before = expected.count { Self.precedes($0, last, query.order) }
          #expect(before < limit, "\(query)")
          #expect(given.allSatisfy { row in query.filters.allSatisfy { Self.holds($0, row) } })
        }
      }
      #expect(found > 0)
    }

    private static let numbers = Schema(
      Field("amount", .decimal(precision: 12, scale: 2)), Field("n", .int), Field("ratio", .double), Field("name", .string))

    private func numbers(_ rows: [[Value]]) async throws -> MaterializedView {
      let shape = ResultShape(schema: Self.numbers, key: nil, mode: .update, zone: .utc, queryName: "numbers")
      let view = try MaterializedView(name: "numbers", schema: Self.numbers, key: nil)
      try await view.sink.open(shape, lastEpoch: .none)
      try await view.sink.write(Batch(schema: Self.numbers, rows: rows), epoch: Epoch(1))
      return view
    }

    @Test(arguments: [
      (0, ViewFilter.Comparison.greater, Value.integer(9), [1000, 1050]),
      (0, .greater, .decimal(unscaled: 10001, scale: 3), [1050]),
      (0, .equal, .decimal(unscaled: 100, scale: 1), [1000]), (0, .less, .decimal(unscaled: -1, scale: 3), [-950]),
      (0, .greaterOrEqual, .double(10.25), [1050]), (1, .greater, .decimal(unscaled: 25, scale: 1), [1000, 1050]),
      (1, .lessOrEqual, .double(2.5), [-950]), (1, .equal, .decimal(unscaled: 300, scale: 2), [1000]),
      (2, .greater, .decimal(unscaled: 15, scale: 1), [1000, 1050]), (2, .equal, .double(.nan), [1050]),
      (2, .less, .double(.nan), [-950, 1000]), (2, .greater, .integer(1), [1000, 1050]),
      (1, .less, .double(.nan), [-950, 1000, 1050]), (3, .equal, .string("a\0b"), [1000]), (3, .equal, .string("a"), []),
      (3, .greater, .string("a"), [1000, 1050]), (3, .equal, .null, []),
    ])
    func numbersCompareByValueWhateverTheirTypes(
      column: Int, comparison: ViewFilter.Comparison, value: Value, amounts: [Int128]
    ) async throws {
      let view = try await numbers([
        [.decimal(unscaled: -950, scale: 2), .integer(2), .double(1), .string("A")],
        [.decimal(unscaled: 1000, scale: 2), .integer(3), .double(2), .string("a\0b")],
        [.decimal(unscaled: 1050, scale: 2), .integer(4), .double(.nan), .string("ä")],
      ])
      let query = ViewQuery(
        filters: [ViewFilter(ViewColumn(column), comparison, value)], order: [ViewOrder(ViewColumn(0))])
      #expect(try await view.read(query).batch.rows.map { $0[0] } == amounts.map { .decimal(unscaled: $0, scale: 2) })
    }

    @Test func whatDoesNotFitTheColumnIsRefused() async throws {
      let view = try await numbers([])
      for filter in [
        ViewFilter(ViewColumn(0), .equal, .string("1")), ViewFilter(ViewColumn(3), .equal, .integer(1)),
        ViewFilter(ViewColumn(1, .start), .equal, .integer(1)), ViewFilter(ViewColumn(9), .isNull),
      ] {
        await #expect(throws: TidemillError.self) { try await view.read(ViewQuery(filters: [filter])) }
      }
      await #expect(throws: TidemillError.self) { try await view.read(ViewQuery(limit: -1)) }
    }

    @Test func someColumnsInAnyOrderAndWithinABound() async throws {
      let rows: [[Value]] = (0..<1000).map {
        [.decimal(unscaled: 1, scale: 2), .integer($0), .double(0), .string("a long text, number \($0)")]
      }
      let view = try await numbers(rows)
      let query = ViewQuery(order: [ViewOrder(ViewColumn(1))], limit: 2)
      let snapshot = try await view.read([ViewPart(query: query, columns: [3, 1])], byteLimit: 1000)[0]
      #expect(snapshot.batch.rows == [[rows[0][3], rows[0][1]], [rows[1][3], rows[1][1]]])
      #expect(snapshot.isCut)
      #expect(try await view.read([ViewPart(columns: [])], byteLimit: nil)[0].batch.count == 1000)
      let error = await #expect(throws: TidemillError.self) {
        try await view.read([ViewPart(columns: [3])], byteLimit: 1000)
      }
      #expect(error?.code == .outOfMemory)
    }

    @Test func indexesServeKeysAndWindows() async throws {
      let schema = Schema(Field("k", .string), Field("w", .window), Field("n", .bigint))
      let shape = ResultShape(schema: schema, key: [0, 1], mode: .update, zone: .utc, queryName: "totals")
      let folder = ViewFolder()
      let view = try folder.view(shape)
      try await view.sink.open(shape, lastEpoch: .none)
      let (start, end) = (ViewColumn(1, .start), ViewColumn(1, .end))
      let time = Value.timestamp(EventTime(microseconds: 0))
      for query in [
        ViewQuery(filters: [ViewFilter(ViewColumn(0), .equal, .string("a"))]),
        ViewQuery(filters: [ViewFilter(end, .greaterOrEqual, time)]), ViewQuery(filters: [ViewFilter(start, .less, time)]),
        ViewQuery(order: [ViewOrder(start, isDescending: true)], limit: 10), ViewQuery(order: [ViewOrder(end)], limit: 10),
        ViewQuery(order: [ViewOrder(start, isDescending: true), ViewOrder(ViewColumn(2))], limit: 10),
      ] {
        let steps = try await view.steps(of: query)
        #expect(steps[0].contains("USING INDEX"), "\(query): \(steps)")
        // At most within one window.
        #expect(!steps.contains("USE TEMP B-TREE FOR ORDER BY"), "\(query): \(steps)")
      }
    }
  }
#endif
