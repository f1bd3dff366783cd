import Foundation

/// A fenced block of code in a page.
struct CodeBlock {
  var language: String
  var text: String
  /// The number of its first line.
  var line: Int
  /// What the next block holds, if it follows at once and is plain text: what the commands of this one print.
  var output: String?

  /// The lines without their indentation and without blank ones.
  var trimmedLines: [String] { Self.trimmed(text) }

  static func trimmed(_ text: String) -> [String] {
    text.split(separator: "\n").map { $0.trimmingCharacters(in: .whitespaces) }.filter { !$0.isEmpty }
  }
}

/// A page of README.md or the guide.
struct Page: CustomStringConvertible, Sendable {
  let path: String

  static let all: [Page] = {
    let guide = Project.root.appendingPathComponent("Documentation/Guide")
    let pages = (try? FileManager.default.contentsOfDirectory(atPath: guide.path)) ?? []
    let examples = (Example.all.map(\.name) + ["ecommerce"]).map { "Examples/\($0)/README.md" }
    return (["README.md"] + pages.filter { $0.hasSuffix(".md") }.sorted().map { "Documentation/Guide/\($0)" } + examples)
      .map(Page.init)
  }()

  var description: String { path }

  var url: URL { Project.root.appendingPathComponent(path) }

  func text() throws -> String { try String(contentsOf: url, encoding: .utf8) }

  func blocks() throws -> [CodeBlock] {
    var blocks: [CodeBlock] = []
    var open: CodeBlock?
    var lastEnd: Int?
    for (index, line) in try text().split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
      if let block = open {
        if line == "```" {
          let follows = lastEnd.map { end in index > end && blocks[blocks.count - 1].output == nil } ?? false
          if block.language == "text", follows, isJustBehind(block, lastEnd!) {
            blocks[blocks.count - 1].output = block.text
          } else {
            blocks.append(block)
          }
          open = nil
          lastEnd = index
        } else {
          open!.text += line + "\n"
        }
      } else if line.hasPrefix("```") {
        open = CodeBlock(language: String(line.dropFirst(3)), text: "", line: index + 2)
      }
    }
    return blocks
  }

  /// Whether a block begins behind a block that ended at line `end` (from 0) with only a blank line between.
  private func isJustBehind(_ block: CodeBlock, _ end: Int) -> Bool { block.line - 2 - end <= 2 }

  func blocks(_ language: String) throws -> [CodeBlock] { try blocks().filter { $0.language == language } }
}
