import Foundation
import ProcessTesting

/// The built program, serving a script in a folder of its own.
final class ServedScript: @unchecked Sendable {
  let folder: URL
  private var process: Process?
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
    let process = Process()
    process.executableURL = URL(fileURLWithPath: BuiltProgram.tidemill)
    process.currentDirectoryURL = folder
    process.arguments = ["serve", "script.sql", "--checkpoint", "state", "--listen", "127.0.0.1:\(port)"] + arguments
    let errors = folder.appendingPathComponent("errors")
    try Data().write(to: errors)
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = FileHandle.nullDevice
    process.standardError = try FileHandle(forWritingTo: errors)
    try Children.start(process)
    self.process = process
    try await reached("the server to listen") {
      let text = (try? String(contentsOf: errors, encoding: .utf8)) ?? ""
      guard process.isRunning else { throw BrowserTrouble("the server has ended: \(text)") }
      guard let match = text.firstMatch(of: #/serving http://127\.0\.0\.1:(\d+)/#) else { return false }
      port = Int(match.1)!
      return true
    }
  }

  func stop() async throws {
    guard let process else { return }
    process.interrupt()
    try await reached("the server to end") { !process.isRunning }
    self.process = nil
  }

  func remove() async {
    try? await stop()
    try? FileManager.default.removeItem(at: folder)
  }

  /// Runs `tidemill top` against it.
  func top(_ arguments: [String]) async throws -> Children.Outcome {
    try await Children.run(BuiltProgram.tidemill, ["top"] + arguments)
  }
}
