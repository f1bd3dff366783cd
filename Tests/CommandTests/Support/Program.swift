import Foundation
import ProcessTesting
import Testing

/// The built program, run as users run it.
enum Program {
  /// Runs to the end.
  static func run(
    _ arguments: [String], in place: Workplace, input: String = "", environment: [String: String] = [:]
  ) async throws -> Children.Outcome {
    try await start(arguments, in: place, input: input, environment: environment).outcome()
  }

  static func start(
    _ arguments: [String], in place: Workplace, input: String = "", output: FileHandle? = nil,
    environment: [String: String] = [:]
  ) throws -> Child {
    try Child(BuiltProgram.tidemill, arguments, place, input: input, output: output, environment: environment)
  }

  /// Runs a line of bash, in which `$TIDEMILL` is the program.
  static func shell(_ line: String, in place: Workplace) async throws -> Children.Outcome {
    try await Child("/bin/bash", ["-c", line], place, input: "", output: nil).outcome()
  }
}

/// A process that was started. What it prints goes to files, so that no pipe fills up or is inherited by another.
final class Child: @unchecked Sendable {
  private let process = Process()
  private let outputPath: String
  private let errorPath: String
  private let hasOwnOutput: Bool

  fileprivate init(
    _ program: String, _ arguments: [String], _ place: Workplace, input: String, output: FileHandle?,
    environment more: [String: String] = [:]
  ) throws {
    let name = UUID().uuidString
    func file(_ ending: String, _ content: String = "") throws -> String {
      let path = place(".\(name).\(ending)")
      try Data(content.utf8).write(to: URL(fileURLWithPath: path))
      return path
    }
    outputPath = try file("out")
    errorPath = try file("err")
    hasOwnOutput = output == nil
    process.executableURL = URL(fileURLWithPath: program)
    process.arguments = arguments
    process.currentDirectoryURL = URL(fileURLWithPath: place.path)
    let files = [
      FileHandle(forReadingAtPath: try file("in", input)), FileHandle(forWritingAtPath: outputPath),
      FileHandle(forWritingAtPath: errorPath),
    ]
    process.standardInput = files[0]
    process.standardOutput = output ?? files[1]
    process.standardError = files[2]
    var environment = ProcessInfo.processInfo.environment
    environment["TIDEMILL"] = BuiltProgram.tidemill
    environment["SWIFT_BACKTRACE"] = "enable=no"
    environment["TERM"] = "xterm"
    process.environment = environment.merging(more) { _, new in new }
    try Children.start(process, closing: files)
  }

  var identifier: Int32 { process.processIdentifier }
  var isRunning: Bool { process.isRunning }
  var output: String { text(outputPath) }
  var errors: String { text(errorPath) }

  private func text(_ path: String) -> String {
    String(decoding: FileManager.default.contents(atPath: path) ?? Data(), as: UTF8.self)
  }

  func signal(_ number: Int32) { kill(identifier, number) }

  /// Waits for the end.
  func outcome() async throws -> Children.Outcome {
    let status = try await Children.end(of: process)
    return Children.Outcome(status: status, output: output, errors: errors)
  }

  func killAndWait() async throws {
    signal(SIGKILL)
    try await Children.end(of: process)
  }
}

struct Waited: Error, CustomStringConvertible {
  var description: String
}

/// Returns once the condition holds; a minute is taken for never.
func eventually(_ what: String, _ condition: () -> Bool) async throws {
  let end = ContinuousClock.now + .seconds(60)
  while !condition() {
    if ContinuousClock.now > end { throw Waited(description: "waited in vain for \(what)") }
    try await Task.sleep(for: .milliseconds(2))
  }
}
