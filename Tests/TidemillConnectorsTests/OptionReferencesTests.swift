import Foundation
import Testing
import TidemillColumns

@testable import TidemillConnectors

struct OptionReferencesTests {
  private func resolved(_ text: String) throws -> String? {
    try OptionReferences.resolved(["password": text], of: "sink totals")["password"]
  }

  private func refusal(_ text: String) -> String? {
    do {
      _ = try resolved(text)
      return nil
    } catch { return "\(error)" }
  }

  @Test func textWithoutReferencesIsItself() throws {
    for text in ["", "secret", "$", "a$b", "{env:HOME}", "$env:HOME"] { #expect(try resolved(text) == text) }
  }

  @Test func aVariableOfTheEnvironmentStandsForItsValue() throws {
    setenv("TIDEMILL_TEST_OPTION", "s3cret}$", 1)
    #expect(try resolved("${env:TIDEMILL_TEST_OPTION}") == "s3cret}$")
    #expect(
      try resolved("postgresql://me:${env:TIDEMILL_TEST_OPTION}@host/$${db") == "postgresql://me:s3cret}$@host/${db")
  }

  @Test func aFileStandsForItsTextWithoutItsLastLineEnd() throws {
    let path = NSTemporaryDirectory() + "tidemill-option-\(UUID().uuidString)"
    defer { try? FileManager.default.removeItem(atPath: path) }
    try Data("first\nsecond\r\n".utf8).write(to: URL(fileURLWithPath: path))
    #expect(try resolved("<${file:\(path)}>") == "<first\nsecond>")
    try Data([0xFF]).write(to: URL(fileURLWithPath: path))
    #expect(refusal("${file:\(path)}")?.contains("is not UTF-8 text") == true)
    try Data(count: 1 << 20 + 1).write(to: URL(fileURLWithPath: path))
    #expect(refusal("${file:\(path)}")?.contains("longer than a mebibyte") == true)
  }

  @Test(arguments: [
    ("${env:TIDEMILL_TEST_NOT_SET}", "the environment has no TIDEMILL_TEST_NOT_SET"),
    ("${env:}", "what stands in ${…} is no reference"),
    ("${HOME}", "what stands in ${…} is no reference"),
    ("${vault:x}", "what stands in ${…} is no reference"),
    ("${env:HOME", "a reference is not closed"),
    ("${file:/there/is/nothing}", "/there/is/nothing cannot be read"),
    ("${file:/}", "/ cannot be read"),
  ])
  func whatStandsForNothingIsRefusedByName(text: String, problem: String) {
    let message = refusal(text)
    #expect(message?.contains("sink totals: option password: \(problem)") == true, "\(message ?? "nothing")")
  }
}
