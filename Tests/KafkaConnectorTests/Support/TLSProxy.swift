#if Kafka
  import Foundation
  import ProcessTesting

  /// TLS in front of a broker, with an authority of its own; `Tests/Faults/tls_proxy.py` in a process.
  final class TLSProxy: @unchecked Sendable {
    let servers: String
    /// The authority's certificate.
    var authority: String { folder.path + "/ca.pem" }
    private let folder: Folder
    private let process = Process()
    private let input = Pipe()

    static var isPossible: Bool {
      (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":").contains {
        FileManager.default.isExecutableFile(atPath: $0 + "/openssl")
      }
    }

    init(_ broker: Broker) async throws {
      folder = try Folder()
      let program = Folder.root + "/Tests/Faults/tls_proxy.py"
      process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
      process.arguments = ["python3", program, "\(broker.port)", folder.path]
      // It ends when its input does: with the tests, however they end.
      process.standardInput = input
      process.standardOutput = FileHandle.nullDevice
      process.standardError = FileHandle(forWritingAtPath: try folder.emptyFile("errors"))
      _ = fcntl(input.fileHandleForWriting.fileDescriptor, F_SETFD, FD_CLOEXEC)
      try Children.start(process)
      let (process, folder) = (process, folder)
      try await folder.eventually("the proxy to listen") { folder.text("port") != nil || !process.isRunning }
      guard let port = folder.text("port") else { throw BrokerFailure(description: folder.text("errors") ?? "") }
      servers = "127.0.0.1:" + port
    }

    deinit { try? input.fileHandleForWriting.close() }
  }

  extension Folder {
    /// What a file holds; `nil` without one.
    fileprivate func text(_ name: String) -> String? {
      FileManager.default.contents(atPath: path + "/" + name).map { String(decoding: $0, as: UTF8.self) }
    }

    fileprivate func emptyFile(_ name: String) throws -> String {
      try write(name, "")
      return path + "/" + name
    }
  }
#endif
