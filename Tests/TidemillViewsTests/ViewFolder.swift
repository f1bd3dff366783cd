#if SQLite
  import Foundation
  import TableTesting
  import TidemillColumns
  import TidemillConnectors
  import TidemillViews

  /// A directory of a test's own for views; gone when the test is over.
  final class ViewFolder: Sendable {
    let path = NSTemporaryDirectory() + "tidemill-views-" + UUID().uuidString

    deinit { try? FileManager.default.removeItem(atPath: path) }

    func view(
      _ shape: ResultShape, retain: TimeSpan = .longest, name: String = "totals", changeByteLimit: Int = 8 << 20
    ) throws -> MaterializedView {
      try MaterializedView(
        name: name, schema: shape.schema, key: shape.key,
        options: ViewOptions(retain: retain, directory: path, changeByteLimit: changeByteLimit))
    }
  }

  /// What a follower makes of a view's changes, and nothing else.
  struct FoldedChanges {
    let key: [Int]?
    private var rows: [String: (row: [Value], count: Int)] = [:]
    private(set) var epoch: Epoch

    init(_ snapshot: ViewSnapshot, key: [Int]?) {
      self.key = key
      epoch = snapshot.epoch
      for row in 0..<snapshot.batch.count { apply(snapshot.batch.row(row), weight: 1) }
    }

    mutating func apply(_ change: ViewChange) {
      // What an epoch brings, then what it takes back.
      for weight in [1, -1] {
        for row in 0..<change.batch.count where change.batch.weight(row) == weight {
          apply(change.batch.row(row), weight: weight)
        }
      }
      epoch = change.epoch
    }

    private mutating func apply(_ row: [Value], weight: Int) {
      let name = (key ?? Array(row.indices)).map { "\(row[$0].isNull ? "∅" : "‹\(row[$0])›")" }.joined(separator: " ")
      let count = key == nil ? (rows[name]?.count ?? 0) + weight : max(0, weight)
      rows[name] = count > 0 ? (row, count) : nil
    }

    var table: [[Value]] { rows.values.flatMap { Array(repeating: $0.row, count: $0.count) } }
  }

  extension TableCase {
    /// Results that a view can hold.
    static let updates = all.filter { $0.shape.mode == .update }
  }
#endif

import Tidemill

extension TextRange {
  /// What stands there.
  func text(in source: String) -> String {
    String(decoding: Array(source.utf8)[lowerBound..<upperBound], as: UTF8.self)
  }
}
