import Foundation
import Tidemill
import TidemillFormats

/// One folder of `Examples/`, with what its README says about lost rows.
struct Example: CustomStringConvertible, Sendable {
  let name: String
  let rows: Int
  let late: Int
  let rejected: Int

  static let all = [
    Example(name: "hourly-sales", rows: 13, late: 1, rejected: 2),
    Example(name: "logins", rows: 11, late: 1, rejected: 1),
    Example(name: "average-order-value", rows: 10, late: 1, rejected: 0),
    Example(name: "top-products", rows: 10, late: 1, rejected: 0),
    Example(name: "active-users", rows: 10, late: 1, rejected: 0),
    Example(name: "error-counts", rows: 8, late: 0, rejected: 1),
    Example(name: "user-sessions", rows: 9, late: 1, rejected: 0),
    Example(name: "enriched-sales", rows: 8, late: 1, rejected: 0),
  ]

  var description: String { name }

  var folder: URL { Project.root.appendingPathComponent("Examples/\(name)") }

  var data: String { folder.appendingPathComponent("data").path }

  func script() throws -> String {
    try String(contentsOf: folder.appendingPathComponent("query.sql"), encoding: .utf8)
  }

  /// The lines of `expected.json`, in an order of their own: the order in which a result is printed is not part of it.
  func expected() throws -> [String] {
    try String(contentsOf: folder.appendingPathComponent("expected.json"), encoding: .utf8)
      .split(separator: "\n").map(String.init).sorted()
  }
}

enum Project {
  static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent()
}

/// A directory that goes with its owner.
final class TemporaryDirectory {
  let url: URL

  init() throws {
    url = FileManager.default.temporaryDirectory.appendingPathComponent("tidemill-examples-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(at: url) }
}

extension MemorySink {
  /// The table as JSON lines, in the order of their text.
  func lines() -> [String] {
    guard let schema = shape?.schema else { return [] }
    var bytes: [UInt8] = []
    JSONWriter(zone: .utc).append(Batch(schema: schema, rows: table), to: &bytes)
    return String(decoding: bytes, as: UTF8.self).split(separator: "\n").map(String.init).sorted()
  }
}
