/// Names of the files in `_delta_log`.
package enum LogNames {
  package static let directory = "_delta_log"
  package static let lastCheckpoint = "_delta_log/_last_checkpoint"

  /// Twenty digits, so that the order of names is that of versions.
  package static func padded(_ version: Int) -> String { padded(version, 20) }

  private static func padded(_ number: Int, _ width: Int) -> String {
    let digits = String(number)
    return String(repeating: "0", count: max(0, width - digits.count)) + digits
  }

  package static func commit(_ version: Int) -> String { "\(directory)/\(padded(version)).json" }

  package static func checkpoint(_ version: Int) -> String { "\(directory)/\(padded(version)).checkpoint.parquet" }

  /// What a file of the log is.
  package enum Kind: Hashable {
    case commit(version: Int)
    /// Part `part`, from 1, of `parts`; 1 of 1 when it is one file.
    case checkpoint(version: Int, part: Int, parts: Int)
    /// A checkpoint of the newer kind, which is named by a UUID.
    case newCheckpoint(version: Int)
  }

  /// - Parameter name: without its directory.
  /// - Returns: `nil` for files that are nothing to a reader, such as checksums.
  package static func kind(of name: some StringProtocol) -> Kind? {
    let parts = name.split(separator: ".")
    guard let first = parts.first, first.utf8.count == 20, let version = Int(first), version >= 0 else { return nil }
    switch parts.count {
    case 2 where parts[1] == "json": return .commit(version: version)
    case 3 where parts[1] == "checkpoint" && parts[2] == "parquet": return .checkpoint(version: version, part: 1, parts: 1)
    case 4 where parts[1] == "checkpoint": return .newCheckpoint(version: version)
    case 5 where parts[1] == "checkpoint" && parts[4] == "parquet":
      guard let part = Int(parts[2]), let count = Int(parts[3]), part >= 1, part <= count else { return nil }
      return .checkpoint(version: version, part: part, parts: count)
    default: return nil
    }
  }
}
