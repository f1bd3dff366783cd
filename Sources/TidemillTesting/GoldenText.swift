import TidemillEngine

/// Compares lines of JSON.
enum GoldenText {
  /// What differs between two lists of lines whose order does not matter; `nil` when nothing does.
  static func difference(_ expected: [String], _ actual: [String]) -> String? {
    func bag(_ lines: [String]) -> [String: Int] { lines.reduce(into: [:]) { $0[compact($1), default: 0] += 1 } }
    let (wanted, got) = (bag(expected), bag(actual))
    guard wanted != got else { return nil }
    var lines: [String] = []
    for (line, count) in wanted.sorted(by: { $0.key < $1.key }) where count > got[line] ?? 0 {
      lines.append("  missing    \(line)")
    }
    for (line, count) in got.sorted(by: { $0.key < $1.key }) where count > wanted[line] ?? 0 {
      lines.append("  unexpected \(line)")
    }
    return lines.joined(separator: "\n")
  }

  /// Without the spaces outside of strings, so that people may write `{"a": 1}`.
  static func compact(_ line: String) -> String {
    var result: [UInt8] = []
    var isString = false
    var isEscaped = false
    for byte in line.utf8 {
      if isString {
        result.append(byte)
        if isEscaped {
          isEscaped = false
        } else if byte == UInt8(ascii: "\\") {
          isEscaped = true
        } else if byte == UInt8(ascii: "\"") {
          isString = false
        }
      } else if byte != UInt8(ascii: " "), byte != UInt8(ascii: "\t"), byte != UInt8(ascii: "\r") {
        result.append(byte)
        isString = byte == UInt8(ascii: "\"")
      }
    }
    return String(decoding: result, as: UTF8.self)
  }
}

/// The ledger by names.
enum GoldenLedger {
  static let names = ["rows", "rejected", "duplicate", "filtered", "late", "aggregated"]

  /// `rows` are all that came, those that were rejected among them.
  static func counts(_ ledger: Ledger, rejected: Int) -> [String: Int] {
    [
      "rows": ledger.rows + rejected, "rejected": rejected, "duplicate": ledger.duplicate, "filtered": ledger.filtered,
      "late": ledger.late, "aggregated": ledger.aggregated,
    ]
  }
}
