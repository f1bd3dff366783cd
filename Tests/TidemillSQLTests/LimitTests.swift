import Testing
import TidemillColumns
import TidemillSQL

@Suite struct LimitTests {
  private func message(_ text: String) -> String {
    do throws(TidemillError) {
      _ = try SQLParser.parseScript(text)
      return ""
    } catch {
      return error.message
    }
  }

  @Test(arguments: ["(", "NOT ", "- ", "f(", "CASE WHEN ", "a IN (", "IF(a, b, ", "CAST("])
  func deepNestingIsRefusedNotOverflowed(opening: String) {
    let deep = "SELECT " + String(repeating: opening, count: 100_000) + "a FROM s"
    #expect(message(deep) == "this nests more than 64 levels deep")
  }

  @Test func deepTypesAndSubqueriesAreRefusedNotOverflowed() {
    let types = "CREATE STREAM s (a " + String(repeating: "STRUCT<a: ", count: 100_000)
    #expect(message(types) == "this nests more than 64 levels deep")
    #expect(message(String(repeating: "SELECT a FROM (", count: 100_000)) == "this nests more than 64 levels deep")
  }

  @Test func nestingWithinTheLimitIsRead() throws {
    let open = String(repeating: "(", count: 60)
    let close = String(repeating: ")", count: 60)
    #expect(try query("SELECT \(open)a\(close) FROM s") == "stream s\nproject a")
  }

  @Test func longChainsAreRefusedUnlessTheyAreLists() {
    let chain = String(repeating: "a OR ", count: 100_000) + "a"
    #expect(message("SELECT \(chain) FROM s") == "this expression chains more than 200 operators")
    #expect(message("SELECT \(String(repeating: "a OR ", count: 190))a FROM s") == "")
    let list = String(repeating: "1, ", count: 20_000) + "1"
    #expect(message("SELECT a IN (\(list)) FROM s") == "")
    let cases = String(repeating: "WHEN a = 1 AND b = 2 THEN 3 ", count: 2_000)
    #expect(message("SELECT CASE \(cases) END FROM s") == "")
    #expect(message("SELECT a\(String(repeating: "::int", count: 100_000)) FROM s") == "this expression chains too many casts")
  }

  @Test func chainsInsideOfChainsCountTogether() {
    var text = "a"
    for _ in 0..<50 { text = "(\(text)" + String(repeating: " + a", count: 20) + ")" }
    #expect(message("SELECT \(text) FROM s") == "this expression chains more than 200 operators")
  }

  @Test func repeatedOperandsDoNotGrowATreeWithoutBound() {
    let nested = String(repeating: "(", count: 40) + "a" + String(repeating: " BETWEEN 1 AND 2)", count: 40)
    #expect(message("SELECT \(nested) FROM s") == "BETWEEN and CASE repeat too large an expression here")
  }
}
