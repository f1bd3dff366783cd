import Testing
import TidemillColumns
import TidemillPlan

@testable import TidemillEngine

@Suite struct StringFunctionTests {
  @Test func caseChangesBeyondASCIIAndInLongText() {
    check(
      .lower, [.string], .string, Case("AZ[@`az", gives: "az[@`az"), Case("ÀÉ Straße", gives: "àé straße"), Case("", gives: ""),
      Case("A LONG TEXT OF MANY LETTERS", gives: "a long text of many letters"), Case("ABCDEFGHIJKL", gives: "abcdefghijkl"))
    check(
      .upper, [.string], .string, Case("az{@`AZ", gives: "AZ{@`AZ"), Case("straße", gives: "STRASSE"),
      Case("a long text of many letters z", gives: "A LONG TEXT OF MANY LETTERS Z"), Case("ﬁn", gives: "FIN"))
  }

  @Test func lengthCountsScalars() {
    check(
      .length, [.string], .int, Case("", gives: 0), Case("abc", gives: 3), Case("日本語", gives: 3), Case("e\u{301}", gives: 2),
      Case("👩‍👧 and a long tail", gives: 19))
  }

  @Test func trimTakesSpacesOnly() {
    check(.trim, [.string], .string, Case("  a b  ", gives: "a b"), Case("   ", gives: ""), Case("\t a ", gives: "\t a"))
    check(
      .ltrim, [.string], .string, Case("  a  ", gives: "a  "),
      Case("  a text of some length  ", gives: "a text of some length  "))
    check(
      .rtrim, [.string], .string, Case("  a  ", gives: "  a"),
      Case("  a text of some length  ", gives: "  a text of some length"))
  }

  @Test func substringCountsFromEitherEnd() {
    check(
      .substring, [.string, .int, .int], .string, Case("Spark SQL", 5, 1, gives: "k"), Case("Spark SQL", -3, 2, gives: "SQ"),
      Case("abc", 0, 2, gives: "ab"), Case("abc", -5, 3, gives: "a"), Case("abc", -5, 1, gives: ""),
      Case("abc", 4, 1, gives: ""),
      Case("abc", 2, -1, gives: ""), Case("日本語テキスト", 3, 2, gives: "語テ"), Case("日本語", -2, 9, gives: "本語"),
      Case("a rather long text, you know", 3, 20, gives: "rather long text, yo"), Case("", 1, 1, gives: ""),
      Case("abc", .integer(.min), .integer(.min), gives: ""), Case("abc", .integer(.max), .integer(.max), gives: ""),
      Case("abc", .integer(.min), .integer(.max), gives: "ab"), Case("é", 1, 1, gives: "é"))
    check(.substring, [.string, .int], .string, Case("Spark SQL", 5, gives: "k SQL"), Case("日本語", -1, gives: "語"))
  }

  @Test func concatIsNullIfAnyPartIs() {
    check(
      .concat, [.string, .string, .string], .string, Case("a", "", "é", gives: "aé"),
      Case("a longer part", "and another one", "x", gives: "a longer partand another onex"))
  }

  @Test func textsOfABatchFarBeyondTheFirstHeapStayApart() {
    let numbers = (0..<600).map { Value.string("number \($0) in a row of many") }
    let expression = TypedExpression(
      .string, .function(.concat, [TypedExpression(.string, .column(0)), TypedExpression(.string, .literal(", really"))]))
    let result = ExpressionEvaluator(zone: .utc).evaluate(expression, [column(.string, numbers)], count: 600)
    #expect((0..<600).allSatisfy { result.value($0) == .string("number \($0) in a row of many, really") })
  }

  @Test func replaceReplacesAllFromTheLeft() {
    check(
      .replace, [.string, .string, .string], .string, Case("aaa", "aa", "b", gives: "ba"), Case("abc", "", "x", gives: "abc"),
      Case("日本日本", "本", "é!", gives: "日é!日é!"), Case("abc", "abc", "", gives: ""), Case("", "a", "b", gives: ""))
    check(.replace, [.string, .string], .string, Case("a-b-c", "-", gives: "abc"))
  }

  @Test func startsEndsAndContains() {
    check(
      .startswith, [.string, .string], .boolean, Case("abc", "ab", gives: true), Case("abc", "", gives: true),
      Case("ab", "abc", gives: false), Case("a long text indeed", "a long text inx", gives: false))
    check(
      .endswith, [.string, .string], .boolean, Case("abc", "bc", gives: true), Case("bc", "abc", gives: false),
      Case("é", "é", gives: true))
    check(
      .contains, [.string, .string], .boolean, Case("aab", "ab", gives: true), Case("abc", "", gives: true),
      Case("", "", gives: true),
      Case("abc", "ac", gives: false), Case("a long text indeed", "text in", gives: true))
  }

  @Test func splitPartCountsFromEitherEnd() {
    check(
      .splitPart, [.string, .string, .int], .string, Case("11.12.13", ".", 3, gives: "13"),
      Case("11.12.13", ".", -3, gives: "11"),
      Case("11.12.13", ".", 4, gives: ""), Case("11.12.13", ".", -4, gives: ""), Case("11.12.13", ".", 0, gives: .null),
      Case("abc", "", 1, gives: "abc"), Case("abc", "", 2, gives: ""), Case("", ".", 1, gives: ""),
      Case("a--b", "-", 2, gives: ""),
      Case("a::b", "::", -1, gives: "b"), Case("a", "-", .integer(.min), gives: ""), Case("a", "-", .integer(.max), gives: ""),
      Case("the first long part|the second long part", "|", 2, gives: "the second long part"))
  }

  @Test func likeMatchesScalarsAndEscapes() {
    func like(_ pattern: String, _ matching: [String], not others: [String]) {
      let cases = matching.map { Case(.string($0), gives: true) } + others.map { Case(.string($0), gives: false) }
      check(.boolean, [.string], cases + [Case(.null, gives: .null)]) { .like($0[0], pattern: pattern) }
    }
    like("", [""], not: ["a"])
    like("%", ["", "a"], not: [])
    like("%%", ["", "日本"], not: [])
    like("abc", ["abc"], not: ["ab", "abcd", "ABC"])
    like("ab%", ["ab", "abc"], not: ["a", "xab"])
    like("%ab", ["ab", "xab"], not: ["abx"])
    like("%ab%", ["ab", "xaby"], not: ["a b", ""])
    like("a%b", ["ab", "axxb", "abab"], not: ["a", "b", "aba"])
    like("a%a", ["aa", "aba"], not: ["a"])
    like("_", ["a", "日", "😀"], not: ["", "ab", "e\u{301}"])
    like("a_c%", ["abc", "aéc and more"], not: ["ac", "abbc"])
    like("%_本", ["日本", "xx日本"], not: ["本", "日本x"])
    like("%a_b%c", ["axbc", "zzaxbaybc", "aabaxbbc"], not: ["abc", "axb", "axbcd"])
    like("__%", ["ab", "日本語"], not: ["a", "日"])
    like("%__", ["ab", "日本語"], not: ["a", "日"])
    like("100\\%", ["100%"], not: ["100", "1000"])
    like("\\_%", ["_", "_x"], not: ["x"])
    like("a\\\\b", ["a\\b"], not: ["ab", "a\\\\b"])
    like("a\\", ["a\\"], not: ["a"])
    like("%日%語%", ["日語", "x日本語y"], not: ["語日"])
  }
}
