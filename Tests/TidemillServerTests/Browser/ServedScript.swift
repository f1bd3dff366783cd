import Foundation
import ProcessTesting

/// The built program, serving a script in a folder of its own.
final class ServedScript: @unchecked Sendable {
  let folder: URL
  private var server: RunningProgram?
  private var port = 0

  var address: String { "http://127.0.0.1:\(port)" }

  init(_ script: String) throws {
    folder = FileManager.default.temporaryDirectory.appendingPathComponent("tidemill-page-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder.appendingPathComponent("in"), withIntermediateDirectories: true)
    try Data(script.utf8).write(to: folder.appendingPathComponent("script.sql"))
  }

  func write(_ name: String, _ text: String) throws {
    // A file appears whole.
    try Data(text.utf8).write(to: folder.appendingPathComponent(name), options: .atomic)
  }

  /// Serves, on the same port as before if there was one.
  func start(_ arguments: [String] = []) async throws {
    let server = try RunningProgram(
      BuiltProgram.tidemill,
      ["serve", "script.sql", "--checkpoint", "state", "--listen", "127.0.0.1:\(port)"] + arguments, in: folder.path)
    self.server = server
    try await reached("the server to listen") {
      guard server.isRunning else { throw BrowserTrouble("the server has ended: \(server.errors)") }
      guard let match = server.errors.firstMatch(of: #/serving http://127\.0\.0\.1:(\d+)/#) else { return false }
      port = Int(match.1)!
      return true
    }
  }

  func stop() async throws {
    guard let server else { return }
    server.signal(SIGINT)
    try await reached("the server to end") { !server.isRunning }
    self.server = nil
  }

  func remove() async {
    try? await stop()
    try? FileManager.default.removeItem(at: folder)
  }

  /// Runs `tidemill top` against it.
  func top(_ arguments: [String]) async throws -> RunningProgram.Outcome {
    try await RunningProgram.run(BuiltProgram.tidemill, ["top"] + arguments)
  }
}
