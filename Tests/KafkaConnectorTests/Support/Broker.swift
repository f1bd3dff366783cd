#if Kafka
  import Foundation
  import ProcessTesting
  import Testing

  /// A broker of a test's own, on loopback and a free port, in a directory of its own.
  final class Broker: @unchecked Sendable {
    let port: Int
    let directory: String
    private var process: Process?
    private var input: Pipe?

    var servers: String { "127.0.0.1:\(port)" }

    /// The one that tests share, each with topics of its own.
    static let shared = Result { try Broker() }

    /// Where `Scripts/broker` puts the broker's program; `nil` where it could not be had.
    static let program: String? = {
      let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent().path
      if let path = ProcessInfo.processInfo.environment["TIDEMILL_BROKER"] { return path }
      let link = root + "/.build/broker/noida-db"
      return FileManager.default.isExecutableFile(atPath: link) ? link : nil
    }()

    static var isInstalled: Bool { program != nil }

    init() throws {
      port = try Self.freePort()
      directory = NSTemporaryDirectory() + "tidemill-broker-" + UUID().uuidString
      try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
      try start()
    }

    deinit {
      try? stop()
      try? FileManager.default.removeItem(atPath: directory)
    }

    /// Starts it, or starts it again with what it has on disk.
    func start() throws {
      let program = try #require(Self.program)
      let process = Process()
      let input = Pipe()
      process.executableURL = URL(fileURLWithPath: "/bin/sh")
      // The shell ends the broker when its input ends: with the tests, however they end. Then it also clears up.
      process.arguments = [
        "-c",
        "\"$0\" \"$@\" </dev/null & broker=$!; read -r word; kill -TERM $broker; wait $broker; "
          + "if [ \"$word\" ]; then : > '\(endMark)'; else rm -rf '\(directory)'; fi", program,
        "start", "--only",
        "kafka", "--host", "127.0.0.1", "--kafka-port", "\(port)", "--data-dir", directory,
      ]
      process.standardInput = input
      process.standardOutput = FileHandle.nullDevice
      process.standardError = FileHandle.nullDevice
      try? FileManager.default.removeItem(atPath: endMark)
      // Another broker that is started later must not hold this one's input open.
      _ = fcntl(input.fileHandleForWriting.fileDescriptor, F_SETFD, FD_CLOEXEC)
      try Children.start(process)
      self.process = process
      self.input = input
      try waitUntilItListens()
    }

    /// Ends it and waits for its end; what it holds is then on disk.
    func stop() throws {
      guard let input else { return }
      try input.fileHandleForWriting.write(contentsOf: Data("stop\n".utf8))
      self.input = nil
      process = nil
      let end = ContinuousClock.now + .seconds(20)
      while !FileManager.default.fileExists(atPath: endMark) {
        guard ContinuousClock.now < end else { throw BrokerFailure(description: "the broker does not end") }
        usleep(2000)
      }
    }

    /// A file that is there once the broker has ended.
    private var endMark: String { directory + "/ended" }

    private func waitUntilItListens() throws {
      let end = ContinuousClock.now + .seconds(20)
      while ContinuousClock.now < end {
        if Self.connects(to: port) { return }
        usleep(2000)
      }
      throw BrokerFailure(description: "the broker does not listen on \(servers)")
    }

    private static func address(_ port: Int) -> sockaddr_in {
      var address = sockaddr_in()
      address.sin_family = sa_family_t(AF_INET)
      address.sin_port = in_port_t(port).bigEndian
      address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
      return address
    }

    private static func withSocket<Value>(
      _ port: Int, _ body: (Int32, UnsafePointer<sockaddr>, socklen_t) throws -> Value
    ) rethrows -> Value {
      #if os(Linux)
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
      #else
        let descriptor = socket(AF_INET, SOCK_STREAM, 0)
      #endif
      defer { close(descriptor) }
      var address = address(port)
      return try withUnsafePointer(to: &address) { pointer in
        try pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
          try body(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
        }
      }
    }

    private static func connects(to port: Int) -> Bool { withSocket(port) { connect($0, $1, $2) == 0 } }

    private static func freePort() throws -> Int {
      try withSocket(0) { descriptor, address, length in
        guard bind(descriptor, address, length) == 0 else { throw BrokerFailure(description: "no free port") }
        var bound = sockaddr_in()
        var size = length
        let result = withUnsafeMutablePointer(to: &bound) {
          $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { getsockname(descriptor, $0, &size) }
        }
        guard result == 0 else { throw BrokerFailure(description: "no free port") }
        return Int(UInt16(bigEndian: bound.sin_port))
      }
    }
  }

  struct BrokerFailure: Error, CustomStringConvertible {
    var description: String
  }
#endif
