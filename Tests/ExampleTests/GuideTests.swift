import Foundation
import ProcessTesting
import Testing
import Tidemill
import TidemillSQL
import TidemillTesting

@testable import TidemillPlan

/// README.md and the guide say what is so: their SQL can be planned, their commands run, their Swift compiles.
@Suite struct GuideTests {
  /// The statements of a script that declare something, by the declared name.
  private func declarations(in text: String) throws -> [(name: String, text: String)] {
    let bytes = Array(text.utf8)
    return try SQLParser.parseScript(text).compactMap { statement in
      let source = String(decoding: bytes[statement.range.lowerBound..<statement.range.upperBound], as: UTF8.self)
      return switch statement {
      case .createStream(let create): (create.definition.name, source)
      case .createTable(let create): (create.definition.name, source)
      case .createSink(let create): (create.definition.name, source)
      default: nil
      }
    }
  }

  private func views(in text: String) throws -> [String] {
    try SQLParser.parseScript(text).compactMap { statement in
      if case .createView(let view) = statement { return view.name }
      return nil
    }
  }

  private func hasQuery(_ text: String) throws -> Bool {
    try SQLParser.parseScript(text).contains { statement in
      switch statement {
      case .select, .insert, .createView, .explain: true
      case .createStream, .createTable, .createSink, .set: false
      }
    }
  }

  @Test(arguments: Page.all)
  func sqlOfThePageCanBePlanned(page: Page) throws {
    var known: [(name: String, text: String)] = []
    for block in try page.blocks("sql") {
      let text = block.text.replacingOccurrences(of: "'Examples/", with: "'\(Project.root.path)/Examples/")
      do {
        let own = try declarations(in: text)
        // A later declaration of a name, or a view of it, takes the place of an earlier one.
        let taken = try own.map(\.name) + views(in: text)
        known.removeAll { taken.contains($0.name) }
        if try hasQuery(text) {
          let plan = try Session().plan(known.map { $0.text + ";\n" }.joined() + text)
          #expect(!plan.queries.isEmpty || !plan.explanations.isEmpty)
        }
        known += own
      } catch {
        Issue.record("\(page), line \(block.line): \(error)")
      }
    }
  }

  @Test(arguments: Page.all)
  func commandsOfThePagePrintWhatItSays(page: Page) async throws {
    let blocks = try page.blocks("sh")
    if blocks.isEmpty { return }
    // The program that the page runs is the one that was built with the tests.
    let path = BuiltProgram.folder + ":" + (ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin")
    let directory = try TemporaryDirectory()
    try FileManager.default.copyItem(
      at: Project.root.appendingPathComponent("Examples"), to: directory.url.appendingPathComponent("Examples"))
    for block in blocks {
      let output = try await RunningProgram.run(
        "/bin/sh", ["-e", "-c", block.text], in: directory.url.path, environment: ["PATH": path])
      #expect(output.status == 0, "\(page), line \(block.line): \(output.errors)")
      // The order in which a run prints the rows of an epoch is not promised.
      guard let expected = block.output else { continue }
      #expect(output.lines.sorted() == expected.split(separator: "\n").map(String.init).sorted(), "\(page), line \(block.line)")
    }
  }

  @Test(arguments: Page.all)
  func swiftOfThePageIsCompiledSomewhere(page: Page) throws {
    let sources = try (["Tests/ExampleTests/GuideSnippets.swift"] + Self.exampleSources()).map {
      CodeBlock.trimmed(try String(contentsOf: Project.root.appendingPathComponent($0), encoding: .utf8))
    }
    for block in try page.blocks("swift") {
      let wanted = block.trimmedLines
      let isThere = sources.contains { lines in
        lines.count >= wanted.count
          && (0...(lines.count - wanted.count)).contains { Array(lines[$0..<($0 + wanted.count)]) == wanted }
      }
      #expect(isThere, "\(page), line \(block.line): this Swift is not in GuideSnippets.swift, so nobody compiles it")
    }
  }

  private static func exampleSources() throws -> [String] {
    try Example.all.flatMap { example in
      try FileManager.default.contentsOfDirectory(atPath: example.folder.path).filter { $0.hasSuffix(".swift") }
        .map { "Examples/\(example.name)/\($0)" }
    }
  }

  @Test func guideNamesEveryFunctionThereIs() throws {
    let text = try Page(path: "Documentation/Guide/SQL.md").text()
    let begin = try #require(text.range(of: "<!-- functions")?.upperBound)
    let end = try #require(text.range(of: "<!-- end of functions")?.lowerBound)
    let named = Set(
      text[begin..<end].split(separator: "`", omittingEmptySubsequences: false).enumerated()
        .filter { $0.offset % 2 == 1 }.map { String($0.element) })
    let known = Set(FunctionRegistry.names).subtracting(AggregateFunction.allNames)
    #expect(known.subtracting(named).sorted() == [], "the guide does not name these")
    #expect(named.subtracting(known).sorted() == [], "the guide names these, and they are not there")
  }

  @Test func guideNamesEveryAggregateThereIs() throws {
    let text = try Page(path: "Documentation/Guide/SQL.md").text()
    for name in AggregateFunction.allNames { #expect(text.contains("`\(name)("), "\(name)") }
  }

  @Test func guideNamesEverySetting() throws {
    let text = try Page(path: "Documentation/Guide/SQL.md").text()
    // An unknown setting's hint lists those that there are.
    var settings = JobSettings()
    let error = #expect(throws: TidemillError.self) { try settings.set("no such setting", "1") }
    let names = try #require(error?.hint).dropFirst("the settings are ".count).split(separator: ",")
    #expect(names.count > 5)
    for name in names { #expect(text.contains("| `\(name.trimmingCharacters(in: .whitespaces))`")) }
  }

  @Test(arguments: ["Documentation/Guide/Testing.md", "CONTRIBUTING.md"])
  func goldenStreamOfThePageHolds(path: String) throws {
    let page = Page(path: path)
    let block = try #require(try page.blocks().first { $0.text.contains("-- stream") })
    #expect(try GuideSnippets.goldenStream(block.text) == [])
  }

  @Test func memoryStreamOfTheGuideCountsItsClicks() async throws {
    let rows = try await GuideSnippets.memoryStream(Session())
    #expect(rows.count == 1)
    #expect(rows.first?.prefix(2) == [.string("ada"), .integer(2)])
  }

  @Test func linksOfThePagesLeadSomewhere() throws {
    let others = ["ARCHITECTURE.md", "CONTRIBUTING.md", "CHANGELOG.md", "Examples/README.md"].map(Page.init)
    for page in Page.all + others {
      for piece in try page.text().components(separatedBy: "](").dropFirst() {
        let target = piece.prefix { $0 != ")" }.prefix { $0 != "#" }
        if target.isEmpty || target.contains("://") { continue }
        let file = page.url.deletingLastPathComponent().appendingPathComponent(String(target))
        #expect(FileManager.default.fileExists(atPath: file.path), "\(page) links to \(target)")
      }
    }
  }
}
