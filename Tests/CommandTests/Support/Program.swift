import Foundation
import ProcessTesting
import Testing

/// The built program, run as users run it.
enum Program {
  /// Runs to the end.
  static func run(
    _ arguments: [String], in place: Workplace, input: String = "", environment: [String: String] = [:]
  ) async throws -> RunningProgram.Outcome {
    try await start(arguments, in: place, input: input, environment: environment).outcome()
  }

  static func start(
    _ arguments: [String], in place: Workplace, input: String = "", output: FileHandle? = nil,
    environment: [String: String] = [:]
  ) throws -> RunningProgram {
    try RunningProgram(
      BuiltProgram.tidemill, arguments, in: place.path, input: input, output: output,
      environment: ["TERM": "xterm"].merging(environment) { $1 })
  }

  /// Runs a line of bash, in which `$TIDEMILL` is the program.
  static func shell(_ line: String, in place: Workplace) async throws -> RunningProgram.Outcome {
    try await RunningProgram.run("/bin/bash", ["-c", line], in: place.path, environment: ["TIDEMILL": BuiltProgram.tidemill])
  }
}

extension RunningProgram {
  func killAndWait() async throws {
    signal(SIGKILL)
    _ = try await outcome()
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
