import Foundation

/// A program while it runs. What it reads and prints is in files, so that no pipe fills up or is inherited by another.
public final class RunningProgram: @unchecked Sendable {
  public struct Outcome: Sendable {
    /// The exit code; 128 and the signal's number if a signal ended it.
    public let status: Int32
    public let output: String
    public let errors: String

    public var lines: [String] { output.split(separator: "\n").map(String.init) }
  }

  private let process = Process()
  private let files: String

  /// - Parameters:
  ///   - directory: where it runs; where the tests do without.
  ///   - output: where it prints, in place of a file.
  ///   - environment: what differs from the tests' own.
  public init(
    _ program: String, _ arguments: [String], in directory: String? = nil, input: String = "", output: FileHandle? = nil,
    environment: [String: String] = [:]
  ) throws {
    files = NSTemporaryDirectory() + "tidemill-program-" + UUID().uuidString
    try FileManager.default.createDirectory(atPath: files, withIntermediateDirectories: true)
    process.executableURL = URL(fileURLWithPath: program)
    process.arguments = arguments
    if let directory { process.currentDirectoryURL = URL(fileURLWithPath: directory) }
    // A program that is to crash would take seconds to say where.
    process.environment = ProcessInfo.processInfo.environment.merging(["SWIFT_BACKTRACE": "enable=no"]) { $1 }
      .merging(environment) { $1 }
    for (name, text) in [("in", input), ("out", ""), ("err", "")] {
      try Data(text.utf8).write(to: URL(fileURLWithPath: files + "/" + name))
    }
    let handles = [
      FileHandle(forReadingAtPath: files + "/in"), FileHandle(forWritingAtPath: files + "/out"),
      FileHandle(forWritingAtPath: files + "/err"),
    ]
    process.standardInput = handles[0]
    process.standardOutput = output ?? handles[1]
    process.standardError = handles[2]
    try Children.start(process, closing: handles)
  }

  // A test that fails must not leave it running.
  deinit {
    signal(SIGKILL)
    try? FileManager.default.removeItem(atPath: files)
  }

  public var identifier: Int32 { process.processIdentifier }
  public var isRunning: Bool { process.isRunning }
  /// What it has printed so far.
  public var output: String { text("out") }
  public var errors: String { text("err") }

  private func text(_ name: String) -> String {
    String(decoding: FileManager.default.contents(atPath: files + "/" + name) ?? Data(), as: UTF8.self)
  }

  public func signal(_ number: Int32) { if process.isRunning { kill(identifier, number) } }

  /// Waits for its end.
  public func outcome() async throws -> Outcome {
    do {
      let status = try await Children.end(of: process)
      return Outcome(status: status, output: output, errors: errors)
    } catch let problem as Children.Problem {
      throw Children.Problem(description: "\(problem)\n\(output)\(errors)")
    }
  }

  /// Runs a program to its end. It reads nothing.
  public static func run(
    _ program: String, _ arguments: [String], in directory: String? = nil, environment: [String: String] = [:]
  ) async throws -> Outcome {
    try await RunningProgram(program, arguments, in: directory, environment: environment).outcome()
  }
}
