import Foundation
import ProcessTesting

/// A real S3 server of the tests' own, on free ports of 127.0.0.1, in a directory that is gone afterwards. It ends when the tests do,
/// however they end.
public final class ObjectServer: @unchecked Sendable {
  public static let accessKey = "tidemill-tests"
  /// Has what a URL must not have as it is.
  public static let secretKey = "se/cr+et=key&?"

  /// Such as `http://127.0.0.1:40001`.
  public let endpoint: String
  private let directory: String
  private let input = Pipe()

  private static let first = Task { try await ObjectServer() }

  /// The server that tests share; each makes a folder or bucket of its own there.
  public static var shared: ObjectServer { get async throws { try await first.value } }

  private init() async throws {
    guard let program = Judges.folder.map({ $0 + "/weed" }) else {
      throw Judges.Problem(description: "Scripts/lake has not been run")
    }
    directory = NSTemporaryDirectory() + "tidemill-objects-" + UUID().uuidString
    try FileManager.default.createDirectory(atPath: directory + "/data", withIntermediateDirectories: true)
    let identities = """
      {"identities": [{"name": "tests", "credentials": [{"accessKey": "\(Self.accessKey)", "secretKey": "\(Self.secretKey)"}],
        "actions": ["Admin", "Read", "Write", "List", "Tagging"]}]}
      """
    try Data(identities.utf8).write(to: URL(fileURLWithPath: directory + "/s3.json"))
    // Each server has a second port for its own kind, 10000 above the first unless told otherwise.
    let ports = try Ports.free(8)
    endpoint = "http://127.0.0.1:\(ports[0])"
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/bin/sh")
    process.arguments = [
      "-c",
      "\"$0\" \"$@\" </dev/null >'\(directory)/log' 2>&1 & server=$!; read -r word; kill -KILL $server; wait $server; rm -rf '\(directory)'",
      program, "server", "-ip=127.0.0.1", "-ip.bind=127.0.0.1", "-dir=\(directory)/data", "-volume.max=50",
      "-master.volumeSizeLimitMB=64", "-s3", "-s3.config=\(directory)/s3.json", "-s3.port=\(ports[0])",
      "-s3.port.grpc=\(ports[1])", "-master.port=\(ports[2])", "-master.port.grpc=\(ports[3])", "-volume.port=\(ports[4])",
      "-volume.port.grpc=\(ports[5])", "-filer.port=\(ports[6])", "-filer.port.grpc=\(ports[7])",
      // What has a fixed port keeps two servers from running at once.
      "-s3.port.iceberg=0", "-s3.port.lance=0", "-master.telemetry=false",
    ]
    process.standardInput = input
    process.standardOutput = FileHandle.nullDevice
    process.standardError = FileHandle.nullDevice
    // Another program that is started later must not hold this one's input open.
    _ = fcntl(input.fileHandleForWriting.fileDescriptor, F_SETFD, FD_CLOEXEC)
    try Children.start(process)
    try await waitUntilItAnswers()
  }

  /// Makes a bucket, which may be there, and so finds out whether the server takes requests.
  private func waitUntilItAnswers() async throws {
    let end = ContinuousClock.now + .seconds(60)
    var problem = ""
    while ContinuousClock.now < end {
      do {
        try await makeBucket("tests")
        return
      } catch { problem = "\(error)" }
      try await Task.sleep(for: .milliseconds(20))
    }
    throw Judges.Problem(description: "the S3 server does not answer: \(problem)")
  }

  /// Makes a bucket; fine if it is there.
  public func makeBucket(_ name: String) async throws {
    try await Judges.python(
      """
      import sys
      from pyarrow import fs
      files = fs.S3FileSystem(access_key=sys.argv[2], secret_key=sys.argv[3], endpoint_override=sys.argv[1], region="us-east-1",
                              allow_bucket_creation=True)
      files.create_dir(sys.argv[4])
      with files.open_output_stream(sys.argv[4] + "/ready") as file: file.write(b"yes")
      """, endpoint, Self.accessKey, Self.secretKey, name)
  }
}

/// Ports of 127.0.0.1 that nobody listens on.
enum Ports {
  static func free(_ count: Int) throws -> [Int] {
    var descriptors: [Int32] = []
    defer { for descriptor in descriptors { close(descriptor) } }
    return try (0..<count).map { _ in
      #if canImport(Darwin)
        let descriptor = socket(AF_INET, SOCK_STREAM, 0)
      #else
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
      #endif
      // All at once, or the same one would be found again.
      descriptors.append(descriptor)
      var address = sockaddr_in()
      address.sin_family = sa_family_t(AF_INET)
      address.sin_addr.s_addr = inet_addr("127.0.0.1")
      var length = socklen_t(MemoryLayout<sockaddr_in>.size)
      let isBound = withUnsafeMutablePointer(to: &address) { pointer in
        pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
          bind(descriptor, $0, length) == 0 && getsockname(descriptor, $0, &length) == 0
        }
      }
      guard isBound else { throw Judges.Problem(description: "no port is free") }
      return Int(UInt16(bigEndian: address.sin_port))
    }
  }
}
