import Foundation

/// Runs programs and takes what they print.
enum Shell {
  struct Output {
    var status: Int32
    var text: String
    var error: String

    var lines: [String] { text.split(separator: "\n").map(String.init) }
  }

  /// - Parameter path: a directory to look for programs in first.
  static func run(_ command: [String], in directory: URL, path: String? = nil) throws -> Output {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: command[0])
    process.arguments = Array(command.dropFirst())
    process.currentDirectoryURL = directory
    var environment = ProcessInfo.processInfo.environment
    if let path { environment["PATH"] = "\(path):\(environment["PATH"] ?? "/usr/bin:/bin")" }
    process.environment = environment
    // Files instead of pipes: nothing can fill up while nobody reads.
    let scratch = try TemporaryDirectory()
    let output = scratch.url.appendingPathComponent("output")
    let error = scratch.url.appendingPathComponent("error")
    for file in [output, error] { try Data().write(to: file) }
    process.standardOutput = try FileHandle(forWritingTo: output)
    process.standardError = try FileHandle(forWritingTo: error)
    process.standardInput = FileHandle.nullDevice
    try process.run()
    process.waitUntilExit()
    return Output(
      status: process.terminationStatus, text: try String(contentsOf: output, encoding: .utf8),
      error: try String(contentsOf: error, encoding: .utf8))
  }
}
