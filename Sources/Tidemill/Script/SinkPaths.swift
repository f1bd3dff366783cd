import TidemillColumns
import TidemillPlan

#if canImport(Darwin)
  import Darwin
#elseif canImport(Musl)
  import Musl
#else
  import Glibc
#endif

/// Directories that the sinks of a script write: none may be another's, nor one that a stream of the script reads.
enum SinkPaths {
  static func check(_ plan: ScriptPlan) throws {
    var owners: [String: String] = [:]
    for sink in usedSinks(plan) {
      guard let path = sink.options["path"], isFiles(sink.provider) else { continue }
      let directory = absolute(path)
      // Several jobs may write one Delta table, which knows them by their names.
      if let other = owners[directory], other != sink.name, sink.provider != "delta" {
        throw TidemillError(
          .invalidQuery, "the sinks `\(other)` and `\(sink.name)` both write to '\(path)': one would replace the other's files",
          hint: "give each a directory of its own")
      }
      owners[directory] = sink.name
      for table in plan.tables {
        guard let input = table.options["path"], reads(input, directory) else { continue }
        throw TidemillError(
          .invalidQuery, "the sink `\(sink.name)` writes to '\(path)', and table `\(table.name)` is what is there",
          hint: "write to another directory, or the query would be joined with its own results")
      }
      for stream in plan.inputs where isFiles(stream.provider) {
        guard let input = stream.options["path"], reads(input, directory) else { continue }
        throw TidemillError(
          .invalidQuery, "the sink `\(sink.name)` writes to '\(path)', and stream `\(stream.name)` reads what is there",
          hint: "write to another directory, or the query would read its own results")
      }
    }
  }

  /// Whether a connector's path is a directory of files.
  private static func isFiles(_ provider: String) -> Bool {
    FormatName(rawValue: provider) != nil || ["parquet", "delta"].contains(provider)
  }

  private static func usedSinks(_ plan: ScriptPlan) -> [SinkDefinition] {
    plan.queries.flatMap { $0.outputs.map(\.sink) }
      + plan.streams.flatMap { stream in
        ["late", "rejected"].compactMap { stream.options[$0].flatMap { plan.sinks[$0] } }
      }
  }

  /// Whether a stream over `path` reads files that appear in `directory`.
  private static func reads(_ path: String, _ directory: String) -> Bool {
    let parts = path.split(separator: "/", omittingEmptySubsequences: false)
    let fixed = parts.prefix { !$0.contains(where: { "*?[".contains($0) }) }.joined(separator: "/")
    guard fixed != path else { return absolute(path) == directory }
    let base = absolute(fixed.isEmpty ? (path.hasPrefix("/") ? "/" : ".") : fixed)
    if path.contains("**") { return directory == base || directory.hasPrefix(base == "/" ? "/" : base + "/") }
    return directory == base
  }

  /// The path from the root, without `.`, `..` and doubled slashes. Links are not followed.
  static func absolute(_ path: String) -> String {
    var parts: [Substring] = []
    if !path.hasPrefix("/"), let current = getcwd(nil, 0) {
      parts = String(cString: current).split(separator: "/").map { Substring(String($0)) }
      free(current)
    }
    for part in path.split(separator: "/") {
      if part == ".." { _ = parts.popLast() } else if part != "." { parts.append(part) }
    }
    return "/" + parts.joined(separator: "/")
  }
}
