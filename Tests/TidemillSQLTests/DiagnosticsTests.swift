import Testing
import TidemillColumns
import TidemillSQL

@Suite struct DiagnosticsTests {
  private func range(of part: String, in text: String) -> TextRange {
    let bytes = Array(text.utf8)
    let wanted = Array(part.utf8)
    for start in 0...(bytes.count - wanted.count) where Array(bytes[start..<start + wanted.count]) == wanted {
      return TextRange(start..<start + wanted.count)
    }
    preconditionFailure("\(part) is not in \(text)")
  }

  @Test func tabsStayTabsSoThatTheCaretLinesUp() {
    let text = "SELECT\n\ta,\tbad\nFROM s"
    #expect(
      Diagnostics.render(TidemillError(.invalidQuery, "wrong", at: range(of: "bad", in: text)), in: text, file: "q.sql")
        == "error: wrong\n --> q.sql:2:5\n  |\n2 | \ta,\tbad\n  | \t  \t^^^")
  }

  @Test func wideLettersTakeTwoColumnsAndAccentsNone() {
    let text = "SELECT 'grüße 日本 🌊 e\u{301}' + bad"
    #expect(
      Diagnostics.render(TidemillError(.invalidQuery, "wrong", hint: "right", at: range(of: "bad", in: text)), in: text)
        == """
        error: wrong
         --> query:1:25
          |
        1 | SELECT 'grüße 日本 🌊 e\u{301}' + bad
          |                            ^^^
        hint: right
        """)
    #expect(
      Diagnostics.render(TidemillError(.invalidQuery, "wrong", at: range(of: "日本", in: text)), in: text).hasSuffix(" ^^^^"))
  }

  @Test func aRangeOverSeveralLinesIsMarkedInItsFirst() {
    let text = "a\r\nSELECT b\r\nFROM c"
    let error = TidemillError(.invalidQuery, "wrong", at: range(of: "b\r\nFROM", in: text))
    #expect(
      Diagnostics.render(error, in: text) == "error: wrong\n --> query:2:8\n  |\n2 | SELECT b\n  |        ^")
  }

  @Test func rangesOutsideOfTheTextAreTaken() {
    for range in [-5..<(-3), 0..<100, 90..<100, 5..<6] {
      let text = Diagnostics.render(TidemillError(.io, "wrong", at: TextRange(range)), in: "abcé")
      #expect(text.contains("| abcé\n"))
    }
    #expect(Diagnostics.render(TidemillError(.io, "wrong", at: TextRange(0..<0)), in: "").hasSuffix("\n  | ^"))
  }

  @Test func anErrorWithoutAPlaceHasNoExcerpt() {
    #expect(Diagnostics.render(TidemillError(.io, "gone", hint: "look"), in: "x") == "error: gone\nhint: look")
  }

  @Test func longNumbersOfLinesWidenTheMargin() {
    let text = String(repeating: "\n", count: 99) + "bad"
    #expect(
      Diagnostics.render(TidemillError(.invalidQuery, "wrong", at: TextRange(99..<102)), in: text)
        == "error: wrong\n   --> query:100:1\n    |\n100 | bad\n    | ^^^")
  }

  @Test func controlCharactersDoNotReachTheTerminal() {
    let text = Diagnostics.render(
      TidemillError(.invalidQuery, "odd \u{1B}[31m", at: TextRange(0..<1)), in: "a\u{1B}[2Jb\u{7}")
    #expect(!text.contains("\u{1B}") && !text.contains("\u{7}"))
    #expect(text.contains("a\u{FFFD}[2Jb\u{FFFD}"))
  }

  @Test func coloursOnlyComeWhenAskedFor() {
    let error = TidemillError(.invalidQuery, "wrong", hint: "right", at: TextRange(0..<1))
    let coloured = Diagnostics.render(error, in: "abc", color: true)
    #expect(coloured.hasPrefix("\u{1B}[1;31merror:\u{1B}[0m\u{1B}[1m wrong\u{1B}[0m\n"))
    #expect(!Diagnostics.render(error, in: "abc").contains("\u{1B}"))
  }

  @Test func locationsCountLinesAndCharactersFromOne() {
    #expect(SourceLocation(offset: 0, in: "ab") == SourceLocation(line: 1, column: 1))
    #expect(SourceLocation(offset: 6, in: "ab\nécd") == SourceLocation(line: 2, column: 3))
    #expect(SourceLocation(offset: 99, in: "ab\n") == SourceLocation(line: 2, column: 1))
  }
}
