import Testing
import TidemillColumns
import TidemillDataFrame
import TidemillPlan

private func call(_ name: String, _ arguments: ColumnExpression...) -> ColumnExpression {
  ColumnExpression(Expression(.call(name, arguments.map(\.expression))))
}

@Suite struct FunctionTests {
  @Test func aliasesNameTheSameFunctions() throws {
    #expect(try text(call("substr", col("product_id"), 1, 2)) == "substring(product_id, 1, 2)")
    #expect(try text(call("char_length", col("product_id"))) == "length(product_id)")
    #expect(try text(call("ifnull", col("price"), 0)) == "coalesce(price, 0.0D)")
    #expect(try text(call("power", col("price"), 2)) == "pow(price, 2.0D)")
    #expect(try text(call("ceiling", col("price"))) == "ceil(price)")
    #expect(try text(call("isnull", col("price"))) == "(price IS NULL)")
    #expect(try text(call("if", col("paid"), 1, 0)) == "CASE WHEN paid THEN 1 ELSE 0 END")
  }

  @Test func everyFunctionButTheInternalOnesIsRegistered() {
    let source = Set(ScalarFunction.allCases.map(\.rawValue)).subtracting(["timestamp_add_micros", "timestamp_diff_micros"])
    for name in source {
      // Without arguments each of them complains of that, and of nothing else.
      let error = #expect(throws: TidemillError.self) { try resolve(plain.select(call(name))) }
      #expect(error?.message.hasPrefix("\(name)() takes") == true, "\(name)")
    }
  }

  @Test func roundingHasSparksTypes() throws {
    #expect(try typed(floor("price")).type == .bigint)
    #expect(try typed(ceil("cost")).type == .decimal(precision: 9, scale: 0))
    #expect(try typed(round("cost", 1)).type == .decimal(precision: 10, scale: 1))
    #expect(try text(round("sales_amount")) == "sales_amount")
    #expect(try typed(round("price", 2)).type == .double)
  }

  @Test func unitOfDateTruncIsCheckedAndMadeCanonical() throws {
    #expect(try text(dateTrunc("DD", "event_time")) == "date_trunc('day', event_time)")
    #expect(try failure(plain.select(dateTrunc("fortnight", "event_time"))).hint?.contains("'week'") == true)
  }

  @Test func wrongArgumentsAreNamed() throws {
    #expect(try failure(plain.select(call("lower"))).message == "lower() takes 1 argument, not 0")
    #expect(try failure(plain.select(call("abs", col("paid")))).message == "abs() takes a number, and this is BOOLEAN")
    #expect(try failure(plain.select(call("hour", col("price")))).hint?.contains("timestamp_seconds") == true)
  }

  @Test func unknownFunctionNamesNearOnes() throws {
    #expect(try failure(plain.select(call("lowr", col("product_id")))).hint == "did you mean `lower`?")
    #expect(try failure(plain.select(call("now"))).message.contains("repeatable"))
    #expect(try failure(plain.select(call("approx_count_distinct", col("paid")))).hint?.contains("DISTINCT") == true)
  }

  @Test func likeNeedsAConstantPattern() throws {
    #expect(try text(col("product_id").like("a%")) == "(product_id LIKE 'a%')")
    let column = Expression(.like(col("product_id").expression, pattern: col("user.id").expression))
    #expect(try failure(plain.filter(ColumnExpression(column))).message.contains("constant"))
  }
}
