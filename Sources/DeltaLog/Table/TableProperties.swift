import TidemillColumns

/// The properties of a table that writers follow.
package struct TableProperties: Sendable {
  /// Properties that tables may be made with here, as the protocol writes their names.
  package static let known = [
    "delta.appendOnly", "delta.checkpointInterval", "delta.dataSkippingNumIndexedCols", "delta.deletedFileRetentionDuration",
    "delta.enableExpiredLogCleanup", "delta.logRetentionDuration", "delta.targetFileSize",
  ]

  private let configuration: [String: String]

  package init(_ metadata: TableMetadata) { configuration = metadata.configuration }

  /// In how many versions a checkpoint is written.
  package var checkpointInterval: Int { max(1, integer("delta.checkpointInterval") ?? 10) }

  /// How long the log keeps old versions; `nil` when that cannot be understood: then nothing is removed.
  package var logRetention: TimeSpan? { span("delta.logRetentionDuration", default: .days(30)) }

  /// How long files stay that are not in the table any more; `nil` when that cannot be understood: then for ever.
  package var deletedFileRetention: TimeSpan? { span("delta.deletedFileRetentionDuration", default: .days(7)) }

  /// Whether writers remove old versions from the log.
  package var removesExpiredLog: Bool { configuration["delta.enableExpiredLogCleanup"]?.lowercased() != "false" }

  /// How large files shall become, in bytes; `nil` when the table does not say.
  package var targetFileSize: Int? { configuration["delta.targetFileSize"].flatMap { ByteSize(parsing: $0)?.bytes } }

  /// Of how many columns, from the first, statistics are kept; `nil`: of all.
  package var indexedColumns: Int? {
    let count = integer("delta.dataSkippingNumIndexedCols") ?? 32
    return count < 0 ? nil : count
  }

  private func integer(_ name: String) -> Int? { configuration[name].flatMap { Int($0) } }

  private func span(_ name: String, default usual: TimeSpan) -> TimeSpan? {
    guard let text = configuration[name] else { return usual }
    return TimeSpan(parsing: text).flatMap { $0 < .zero ? nil : $0 }
  }
}

/// A number of bytes as people write it: `64 MB`, `1g`, `1048576`.
package struct ByteSize: Hashable, Sendable {
  package var bytes: Int

  /// Units are powers of 1024, as Spark has them.
  package init?(parsing text: String) {
    let text = text.lowercased().filter { $0 != " " && $0 != "_" }
    let digits = text.prefix { $0.isASCII && $0.isNumber }
    let shifts = ["": 0, "b": 0, "k": 10, "kb": 10, "kib": 10, "m": 20, "mb": 20, "mib": 20, "g": 30, "gb": 30, "gib": 30]
    guard let count = Int(digits), let shift = shifts[String(text.dropFirst(digits.count))], count <= Int.max >> shift else {
      return nil
    }
    bytes = count << shift
  }
}
