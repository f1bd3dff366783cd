#if Postgres
  import Foundation
  import ProcessTesting

  /// A real PostgreSQL of the tests' own, on a free port of 127.0.0.1, in a directory that is gone afterwards.
  ///
  /// The server is a child that ends when its standard input does, so none is left behind however the tests end.
  public final class PostgresServer: @unchecked Sendable {
    // `input` is guarded by `lock`; all else never changes.

    /// Has what a URL must not have as it is.
    public static let password = "p@ss:w/rd%?#é"
    /// The same in a URL.
    public static let writtenPassword = "p%40ss%3Aw%2Frd%25%3F%23%C3%A9"

    public let port: Int
    private let directory: String
    private let programs: String
    private let lock = NSLock()
    private var input: Pipe?

    private static let first = Task { try await PostgresServer() }

    /// The server that tests share; each makes a schema of its own there.
    public static var shared: PostgresServer { get async throws { try await first.value } }

    public struct Problem: Error, CustomStringConvertible {
      public let description: String
    }

    /// Makes a database and starts its server.
    public init() async throws {
      programs = try Self.findPrograms()
      port = try Self.freePort()
      directory = NSTemporaryDirectory() + "tidemill-postgres-" + UUID().uuidString
      try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
      try Data(Self.password.utf8).write(to: URL(fileURLWithPath: directory + "/password"))
      if getuid() == 0 { try await run(["/bin/chown", "-R", "postgres", directory]) }
      try await run(
        Self.asServer + [
          programs + "/initdb", "-D", directory + "/data", "-U", "postgres", "-A", "scram-sha-256", "--pwfile",
          directory + "/password", "-E", "UTF8", "--locale", "C", "--no-sync",
        ])
      try await start()
    }

    deinit {
      lock.withLock {
        if let input { input.fileHandleForWriting.closeFile() } else { try? FileManager.default.removeItem(atPath: directory) }
      }
    }

    /// PostgreSQL does not run as root.
    private static let asServer = getuid() == 0 ? ["setpriv", "--reuid=postgres", "--regid=postgres", "--init-groups"] : []

    private static func findPrograms() throws -> String {
      let path = (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":").map(String.init)
      let debian = ((try? FileManager.default.contentsOfDirectory(atPath: "/usr/lib/postgresql")) ?? []).sorted {
        Int($0) ?? 0 > Int($1) ?? 0
      }
      .map { "/usr/lib/postgresql/\($0)/bin" }
      let homebrew = ["/opt/homebrew/opt", "/usr/local/opt"].flatMap { root in
        ((try? FileManager.default.contentsOfDirectory(atPath: root)) ?? []).filter { $0.hasPrefix("postgresql") }.sorted()
          .reversed()
          .map { "\(root)/\($0)/bin" }
      }
      for folder in debian + path + homebrew where FileManager.default.isExecutableFile(atPath: folder + "/initdb") {
        return folder
      }
      throw Problem(description: "there is no PostgreSQL server here: Scripts/bootstrap installs one")
    }

    private static func freePort() throws -> Int {
      #if canImport(Darwin)
        let descriptor = socket(AF_INET, SOCK_STREAM, 0)
      #else
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
      #endif
      defer { close(descriptor) }
      var address = sockaddr_in()
      address.sin_family = sa_family_t(AF_INET)
      address.sin_addr.s_addr = inet_addr("127.0.0.1")
      var length = socklen_t(MemoryLayout<sockaddr_in>.size)
      let isBound = withUnsafeMutablePointer(to: &address) { pointer in
        pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
          bind(descriptor, $0, length) == 0 && getsockname(descriptor, $0, &length) == 0
        }
      }
      guard isBound else { throw Problem(description: "no port is free") }
      return Int(UInt16(bigEndian: address.sin_port))
    }

    // MARK: Running programs

    private static let environment = ["PGPASSWORD": password, "PGTZ": "UTC"]

    /// - Returns: what it prints; `nil` when it fails and may.
    @discardableResult
    private func run(_ arguments: [String], mayFail: Bool = false) async throws -> String? {
      // Where any user may be.
      let outcome = try await RunningProgram.run("/usr/bin/env", arguments, in: "/", environment: Self.environment)
      if outcome.status == 0 { return outcome.output }
      if mayFail { return nil }
      throw Problem(description: "\(arguments.joined(separator: " ")): \(outcome.output)\(outcome.errors)")
    }

    private func eventually(_ what: String, _ condition: () async throws -> Bool) async throws {
      let end = ContinuousClock.now + .seconds(60)
      while try await !condition() {
        if ContinuousClock.now > end { throw Problem(description: "waited in vain for \(what)") }
        try await Task.sleep(for: .milliseconds(2))
      }
    }

    /// Starts the server and returns once it takes queries.
    public func start() async throws {
      let postgres =
        Self.asServer + [
          programs + "/postgres", "-D", directory + "/data", "-p", "\(port)", "-h", "127.0.0.1", "-c",
          "unix_socket_directories=",
          "-c", "fsync=off", "-c", "shared_buffers=16MB", "-c", "logging_collector=off",
        ]
      // A line ends the server; the end of the input, when nobody needs it any more, also removes its directory.
      let script = #"""
        "$@" </dev/null >>"$PLACE/log" 2>&1 &
        if read -r line; then kill -QUIT $!; exit; fi
        kill -QUIT $!
        while [ -e "$PLACE/data/postmaster.pid" ]; do sleep 0.01; done
        rm -rf "$PLACE"
        """#
      let child = Process()
      child.executableURL = URL(fileURLWithPath: "/bin/sh")
      child.arguments = ["-c", script, "sh"] + postgres
      child.currentDirectoryURL = URL(fileURLWithPath: "/")
      child.environment = ProcessInfo.processInfo.environment.merging(["PGTZ": "UTC", "PLACE": directory]) { $1 }
      let pipe = Pipe()
      child.standardInput = pipe
      child.standardOutput = FileHandle.nullDevice
      child.standardError = FileHandle.nullDevice
      try Children.start(child)
      lock.withLock { input = pipe }
      try await eventually("PostgreSQL to start: \(directory)/log") {
        try await run([programs + "/pg_isready", "-q", "-h", "127.0.0.1", "-p", "\(port)", "-U", "postgres"], mayFail: true)
          != nil
      }
    }

    /// Ends the server as a crash does: connections break, transactions are gone.
    public func crash() async throws {
      lock.withLock {
        input?.fileHandleForWriting.write(Data("\n".utf8))
        input = nil
      }
      // The last thing that a server does.
      try await eventually("PostgreSQL to end") { !FileManager.default.fileExists(atPath: directory + "/data/postmaster.pid") }
    }

    // MARK: Using it

    public var url: String { "postgresql://postgres:\(Self.writtenPassword)@127.0.0.1:\(port)/postgres" }

    /// What psql prints for SQL, line by line, with a space between columns.
    @discardableResult
    public func query(_ sql: String) async throws -> [String] {
      let text = try await run([
        programs + "/psql", "-XAtq", "-F", " ", "-P", "null=∅", "-v", "ON_ERROR_STOP=1", "-h", "127.0.0.1", "-p", "\(port)",
        "-U", "postgres", "-c", sql,
      ])
      return text!.split(separator: "\n").map(String.init)
    }

    /// Takes back what `ALTER SYSTEM` has set, from the next start on.
    public func removeSettings() async throws { try await query("ALTER SYSTEM RESET ALL") }

    /// Returns once a query gives a line.
    public func wait(for sql: String) async throws { try await eventually(sql) { try await !query(sql).isEmpty } }

    /// A schema that no other test knows.
    public func newSchema() async throws -> String {
      let name = "t_" + UUID().uuidString.lowercased().filter { $0 != "-" }
      try await query("CREATE SCHEMA \(name)")
      return name
    }
  }
#endif
