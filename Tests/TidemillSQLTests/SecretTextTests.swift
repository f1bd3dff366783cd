import Testing
import TidemillColumns

@testable import TidemillSQL

struct SecretTextTests {
  @Test(arguments: [
    ("OPTIONS (password 'abc', path 'abc')", "OPTIONS (password '***', path 'abc')"),
    ("OPTIONS (password = 'abc')", "OPTIONS (password = '***')"),
    ("OPTIONS ('sasl.password' 'abc')", "OPTIONS ('sasl.password' '***')"),
    ("OPTIONS (header.X-Any \"abc\")", "OPTIONS (header.X-Any \"***\")"),
    ("OPTIONS (password 'a''b', x 'c')", "OPTIONS (password '*''*', x 'c')"),
    ("OPTIONS (password 'a\\'b', x 'c')", "OPTIONS (password '****', x 'c')"),
    ("OPTIONS (password -- one\n 'abc')", "OPTIONS (password -- one\n '***')"),
    ("OPTIONS (password /* 'x' */ 'abc')", "OPTIONS (password /* 'x' */ '***')"),
    ("OPTIONS (password 'a\nb", "OPTIONS (password '*\n*"),
    ("OPTIONS (password 'ä€', x 1)", "OPTIONS (password '*****', x 1)"),
    ("OPTIONS (password abc, x d)", "OPTIONS (password ***, x d)"),
    ("OPTIONS (`api_key` 'abc', x 1)", "OPTIONS (`api_key` '***', x 1)"),
    ("SET a.token = abc; SELECT token FROM x", "SET a.token = ***; SELECT token FROM x"),
    ("OPTIONS (url 'https://me:abc@host/', x 1)", "OPTIONS (url 'https://******@host/', x 1)"),
    ("OPTIONS (url 'https://host/@', key 'id')", "OPTIONS (url 'https://host/@', key 'id')"),
    ("SELECT token, secret FROM x WHERE a = 'b'", "SELECT token, secret FROM x WHERE a = 'b'"),
    ("", ""), ("'", "'"), ("password '", "password '"), ("a\\", "a\\"), ("OPTIONS (password 'a\\", "OPTIONS (password '**"),
  ])
  func valuesBehindNamesOfCredentialsAreStars(text: String, shown: String) {
    #expect(SecretText.hidden(text) == shown)
    #expect(SecretText.hidden(text).utf8.count == text.utf8.count)
  }

  @Test func aMessageShowsTheLineWithoutTheCredential() throws {
    let text = "CREATE SINK s USING http OPTIONS (url 'x' password 'hunter2')"
    let error = #expect(throws: TidemillError.self) { try SQLParser.parseScript(text) }
    let shown = Diagnostics.render(try #require(error), in: text)
    #expect(shown.contains("OPTIONS (url 'x' password '*******')"))
    #expect(!shown.contains("hunter2"))
  }

  @Test(arguments: [
    "CREATE SINK s USING http OPTIONS (password hunter2)", "CREATE SINK s USING http OPTIONS (password = = 'hunter2')",
    "CREATE SINK s USING http WITH (password 'hunter2')", "CREATE SINK s USING http OPTIONS password 'hunter2'",
    "CREATE SINK s OPTIONS (password 'hunter2')", "CREATE SINK s USING http OPTIONS (password 'hunter2", "SET token 'hunter2'",
    "SET token = 'hunter2' 'hunter2'", "CREATE SINK s USING http OPTIONS (password 'x' 'hunter2')",
  ])
  func noMistakeBringsACredentialIntoAMessage(text: String) throws {
    let error = #expect(throws: TidemillError.self) { try SQLParser.parseScript(text) }
    let shown = Diagnostics.render(try #require(error), in: text)
    #expect(!shown.contains("hunter2"), "\(shown)")
  }
}
