import Foundation
import ProcessTesting

/// The other programs that read and write the files of a lake, which `Scripts/lake` puts into `.build/lake`.
public enum Judges {
  public struct Problem: Error, CustomStringConvertible {
    public let description: String

    public init(description: String) { self.description = description }
  }

  /// Where the programs are; `nil` where they could not be had.
  static let folder: String? = {
    let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent()
    let folder = root.path + "/.build/lake"
    return FileManager.default.fileExists(atPath: folder + "/packages") ? folder + "/python/bin" : nil
  }()

  /// The Python that has them; `nil` without.
  public static var interpreter: String? { folder.map { $0 + "/python" } }

  /// Whether they are there; tests that need them are left out without.
  public static var areInstalled: Bool { folder != nil }

  /// Threads of these libraries make Python abort now and then as it ends (`terminate called without an active exception`): a
  /// program that has done what it should is over without that.
  private static let atTheEnd = "\nimport os, sys\nsys.stdout.flush()\nsys.stderr.flush()\nos._exit(0)\n"

  /// Runs a Python program that has `pyarrow`, `duckdb`, `polars`, `deltalake` and `chdb`.
  ///
  /// - Parameter arguments: what it finds in `sys.argv[1:]`.
  /// - Returns: what it prints.
  /// - Throws: `Problem` with what it says, when it fails.
  @discardableResult
  public static func python(_ program: String, _ arguments: String...) async throws -> String {
    guard let folder else { throw Problem(description: "Scripts/lake has not been run") }
    let outcome = try await RunningProgram.run(folder + "/python", ["-c", program + atTheEnd] + arguments)
    if outcome.status != 0 { throw Problem(description: outcome.errors) }
    return outcome.output
  }
}
