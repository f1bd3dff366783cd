import Foundation

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
  public static func python(_ program: String, _ arguments: String...) throws -> String {
    guard let folder else { throw Problem(description: "Scripts/lake has not been run") }
    let name = NSTemporaryDirectory() + "tidemill-judge-" + UUID().uuidString
    defer { for ending in ["", ".errors"] { try? FileManager.default.removeItem(atPath: name + ending) } }
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/bin/sh")
    let whole = program + atTheEnd
    // Files, not pipes: a pipe that nobody empties would stop the program.
    process.arguments =
      ["-c", "exec \"$0\" -c \"$@\" </dev/null >'\(name)' 2>'\(name).errors'", folder + "/python", whole] + arguments
    try Children.run(process)
    process.waitUntilExit()
    func text(_ path: String) -> String {
      String(decoding: FileManager.default.contents(atPath: path) ?? Data(), as: UTF8.self)
    }
    if process.terminationStatus != 0 { throw Problem(description: text(name + ".errors")) }
    return text(name)
  }
}

/// Programs that the tests start.
enum Children {
  /// Threads that tests run on may block signals, and children would inherit that.
  static func run(_ process: Process) throws {
    var none = sigset_t()
    var before = sigset_t()
    sigemptyset(&none)
    pthread_sigmask(SIG_SETMASK, &none, &before)
    defer { pthread_sigmask(SIG_SETMASK, &before, nil) }
    try process.run()
  }
}
