import Foundation

/// The built `tidemill-microbench`, run to its end.
struct Program {
  let status: Int32
  let output: String
  let errors: String

  init(_ arguments: [String]) throws {
    let folder = NSTemporaryDirectory() + "tidemill-benchmark-" + UUID().uuidString
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    func file(_ name: String) throws -> FileHandle {
      try Data().write(to: URL(fileURLWithPath: folder + "/" + name))
      return FileHandle(forWritingAtPath: folder + "/" + name)!
    }
    func text(_ name: String) throws -> String {
      String(decoding: try Data(contentsOf: URL(fileURLWithPath: folder + "/" + name)), as: UTF8.self)
    }
    let process = Process()
    process.executableURL = URL(fileURLWithPath: Self.path)
    process.arguments = arguments
    process.standardInput = FileHandle.nullDevice
    // Files, because a pipe that nobody reads fills up.
    process.standardOutput = try file("out")
    process.standardError = try file("err")
    try process.run()
    process.waitUntilExit()
    status = process.terminationStatus
    output = try text("out")
    errors = try text("err")
  }

  /// Beside the test bundle, which is the program itself on Linux and is named in the arguments on macOS.
  private static let path: String = {
    let bundles = Bundle.allBundles.map(\.bundlePath) + CommandLine.arguments
    let products = bundles.first { $0.contains(".xctest") }.map { bundle in
      var parts = bundle.split(separator: "/", omittingEmptySubsequences: false)
      while let last = parts.last, !last.hasSuffix(".xctest") { parts.removeLast() }
      return parts.dropLast().joined(separator: "/")
    }
    return (products ?? Bundle.main.bundlePath) + "/tidemill-microbench"
  }()
}
