#if Kafka
  import Foundation
  import ProcessTesting

  /// A directory of a test's own, and the program run in it.
  final class Folder: Sendable {
    let path: String

    init() throws {
      path = NSTemporaryDirectory() + "tidemill-kafka-" + UUID().uuidString
      try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    func write(_ name: String, _ text: String) throws {
      let file = URL(fileURLWithPath: path + "/" + name)
      try FileManager.default.createDirectory(at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
      try Data(text.utf8).write(to: file)
    }

    func lines(_ directory: String) throws -> [String] {
      try FileManager.default.contentsOfDirectory(atPath: path + "/" + directory).filter { !$0.hasPrefix("_") }.flatMap {
        name in
        String(decoding: try Data(contentsOf: URL(fileURLWithPath: "\(path)/\(directory)/\(name)")), as: UTF8.self)
          .split(separator: "\n").map(String.init)
      }
    }

    /// The files anywhere in it that hold these bytes, by relative path.
    func files(containing text: String) throws -> [String] {
      let names = try FileManager.default.subpathsOfDirectory(atPath: path)
      return names.sorted().filter { name in
        guard let data = FileManager.default.contents(atPath: path + "/" + name) else { return false }
        return data.range(of: Data(text.utf8)) != nil
      }
    }

    /// The project's own folder.
    static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent().deletingLastPathComponent().path

    // MARK: The program

    func start(_ arguments: [String], environment: [String: String] = [:]) throws -> RunningProgram {
      try RunningProgram(BuiltProgram.tidemill, arguments, in: path, environment: environment)
    }

    func run(_ arguments: [String], environment: [String: String] = [:]) async throws -> RunningProgram.Outcome {
      try await start(arguments, environment: environment).outcome()
    }

    /// Runs one of the project's Python programs, with the program and the broker that tests use.
    func python(_ script: String, _ arguments: [String]) async throws -> RunningProgram.Outcome {
      guard let broker = Broker.program else { throw BrokerFailure(description: "there is no broker") }
      let all = ["python3", Self.root + "/" + script, "--tidemill", BuiltProgram.tidemill, "--broker", broker] + arguments
      return try await RunningProgram.run("/usr/bin/env", all, in: path, environment: ["PYTHONDONTWRITEBYTECODE": "1"])
    }

    func eventually(_ what: String, _ condition: () throws -> Bool) async throws {
      let end = ContinuousClock.now + .seconds(60)
      while try !condition() {
        guard ContinuousClock.now < end else { throw BrokerFailure(description: "waited in vain for \(what)") }
        try await Task.sleep(for: .milliseconds(20))
      }
    }

    /// Lets a program run for a while, or to its end.
    func passes(_ time: Duration, while child: RunningProgram) async throws {
      let end = ContinuousClock.now + time
      while child.isRunning && ContinuousClock.now < end { try await Task.sleep(for: .milliseconds(2)) }
    }
  }
#endif
