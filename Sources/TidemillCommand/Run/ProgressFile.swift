import Tidemill
import TidemillFiles

/// Where `--progress` goes: one JSON line per epoch and query.
final class ProgressFile: Sendable {
  /// `nil`: standard error.
  private let file: (any WritableFile)?

  init(_ path: String) throws {
    file = try path == "-" ? nil : LocalFileSystem().openForAppending(path)
  }

  /// What cannot be written is lost: progress must not stop a query.
  func write(_ progress: QueryProgress) {
    let line = progress.json + "\n"
    if let file { try? file.write(Array(line.utf8)) } else { StandardError.write(line) }
  }
}
