#if Postgres
  import CPostgres
  import TidemillColumns

  #if canImport(Darwin)
    import Darwin
  #elseif canImport(Musl)
    import Musl
  #else
    import Glibc
  #endif

  /// A connection to a server: queries and COPY, each of which waits for the server. Used by one thread at a time.
  final class PostgresConnection {
    private let handle: OpaquePointer
    private let address: PostgresAddress

    /// What a URL may override. A server that has gone without a word is noticed within a minute.
    private static let usual: [(String, String)] = [
      ("client_encoding", "UTF8"), ("fallback_application_name", "tidemill"), ("keepalives_idle", "30"),
      ("keepalives_interval", "10"), ("keepalives_count", "3"), ("tcp_user_timeout", "60000"),
    ]

    /// - Parameter timeout: how long to wait until the server takes queries.
    /// - Throws: `PostgresFailure`.
    init(_ address: PostgresAddress, timeout: Duration = .seconds(10)) throws {
      self.address = address
      let options = Self.usual + [("dbname", address.url)]
      let started = Self.withCStrings(options.map(\.0)) { names in
        Self.withCStrings(options.map(\.1)) { values in PQconnectStartParams(names, values, 1) }
      }
      guard let started else { throw PostgresFailure(message: "out of memory", isFinal: true) }
      handle = started
      PQsetNoticeProcessor(handle, { _, _ in }, nil)
      // So that what a server says of a login carries its code.
      _ = PQsetErrorVerbosity(handle, PQERRORS_VERBOSE)
      try connect(ContinuousClock.now + timeout)
      _ = PQsetErrorVerbosity(handle, PQERRORS_DEFAULT)
    }

    deinit { PQfinish(handle) }

    private func connect(_ end: ContinuousClock.Instant) throws {
      // What libpq says of a connection that it has just begun: wait until it can write.
      var next = PQstatus(handle) == CONNECTION_BAD ? PGRES_POLLING_FAILED : PGRES_POLLING_WRITING
      while next != PGRES_POLLING_OK {
        if next == PGRES_POLLING_FAILED { throw connectionFailure() }
        let left = end - .now
        var waited = pollfd(
          fd: PQsocket(handle), events: Int16(next == PGRES_POLLING_READING ? POLLIN : POLLOUT), revents: 0)
        let milliseconds = max(0, left.components.seconds * 1000 + left.components.attoseconds / 1_000_000_000_000_000)
        let count = poll(&waited, 1, Int32(clamping: milliseconds))
        if count == 0 { throw PostgresFailure(message: "no answer") }
        if count < 0 && errno != EINTR { throw PostgresFailure(message: String(cString: strerror(errno))) }
        if count > 0 { next = PQconnectPoll(handle) }
      }
    }

    private func connectionFailure() -> PostgresFailure {
      let text = String(cString: PQerrorMessage(handle))
      var failure = PostgresFailure(
        message: address.masking(Self.oneLine(text.split(separator: "\n").filter { !$0.hasPrefix("LOCATION:") })))
      failure.isFinal = PQconnectionNeedsPassword(handle) != 0
      // `FATAL:  28P01: password authentication failed …`
      for part in text.split(separator: ":") where failure.state == nil {
        let code = part.drop { $0 == " " }
        if code.utf8.count == 5, code.utf8.allSatisfy({ 0x30...0x39 ~= $0 || 0x41...0x5A ~= $0 }),
          code.contains(where: \.isNumber),
          part.hasPrefix("  ")
        {
          failure.state = String(code)
        }
      }
      return failure
    }

    /// Without the lines in which libpq guesses: they are indented by a tab.
    private static func oneLine(_ lines: [Substring]) -> String {
      lines.filter { !$0.hasPrefix("\t") }.map { line in String(line.drop { $0 == " " }) }.joined(separator: " ")
    }

    private static func withCStrings<Result>(
      _ strings: [String], _ body: (UnsafePointer<UnsafePointer<CChar>?>) -> Result
    ) -> Result {
      let copies = strings.map { strdup($0) }
      defer { for copy in copies { free(copy) } }
      let pointers = copies.map { UnsafePointer($0) } + [nil]
      return pointers.withUnsafeBufferPointer { body($0.baseAddress!) }
    }

    /// Such as 150018.
    var serverVersion: Int { Int(PQserverVersion(handle)) }

    /// Whether a transaction may be open.
    var isInTransaction: Bool { PQtransactionStatus(handle) != PQTRANS_IDLE }

    /// Whether the connection is of any use.
    var isAlive: Bool { PQstatus(handle) == CONNECTION_OK }

    // MARK: Queries

    /// Runs one statement, or several without parameters.
    ///
    /// - Parameter parameters: for `$1` and on, as text.
    /// - Returns: the rows, values as text.
    /// - Throws: `PostgresFailure`.
    @discardableResult
    func run(_ sql: String, _ parameters: [String?] = []) throws -> [[String?]] {
      let result: OpaquePointer?
      if parameters.isEmpty {
        result = PQexec(handle, sql)
      } else {
        let copies = parameters.map { $0.map { strdup($0)! } }
        defer { for copy in copies { free(copy) } }
        let values = copies.map { $0.map { UnsafePointer($0) } }
        result = PQexecParams(handle, sql, Int32(parameters.count), nil, values, nil, nil, 0)
      }
      defer { PQclear(result) }
      switch PQresultStatus(result) {
      case PGRES_COMMAND_OK, PGRES_EMPTY_QUERY: return []
      case PGRES_TUPLES_OK:
        return (0..<PQntuples(result)).map { row in
          (0..<PQnfields(result)).map { column in
            PQgetisnull(result, row, column) != 0 ? nil : String(cString: PQgetvalue(result, row, column))
          }
        }
      default: throw failure(result)
      }
    }

    private func failure(_ result: OpaquePointer?) -> PostgresFailure {
      func field(_ name: Character) -> String? {
        PQresultErrorField(result, Int32(name.asciiValue!)).map { String(cString: $0) }
      }
      guard isAlive, let primary = field("M") else {
        // The message of a server that ends is the last thing that comes of it.
        let text = field("M") ?? Self.oneLine(String(cString: PQerrorMessage(handle)).split(separator: "\n"))
        return PostgresFailure(message: address.masking(text), state: field("C").flatMap { $0.hasPrefix("57P") ? $0 : nil })
      }
      let parts = [primary, field("D"), field("W").map { "(\($0))" }].compactMap { $0 }
      return PostgresFailure(
        message: address.masking(Self.oneLine(parts.joined(separator: " ").split(separator: "\n"))), state: field("C"))
    }

    // MARK: COPY

    /// Sends rows to the server: `body` gets a function that takes the next piece of them.
    ///
    /// - Throws: `PostgresFailure`; what `body` throws, and then the server has taken nothing.
    func copy(_ sql: String, _ body: ((UnsafeRawBufferPointer) throws -> Void) throws -> Void) throws {
      let result = PQexec(handle, sql)
      defer { PQclear(result) }
      guard PQresultStatus(result) == PGRES_COPY_IN else { throw failure(result) }
      do {
        try body { bytes in
          guard PQputCopyData(handle, bytes.baseAddress?.assumingMemoryBound(to: CChar.self), Int32(bytes.count)) == 1 else {
            throw failure(nil)
          }
        }
      } catch {
        // The server's own word, if there is one, says more than that it does not listen.
        let wasAlive = isAlive
        PQputCopyEnd(handle, "not all rows could be sent")
        let reply = answer()
        throw error is PostgresFailure && wasAlive ? reply ?? error : error
      }
      guard PQputCopyEnd(handle, nil) == 1 else { throw answer() ?? failure(nil) }
      if let reply = answer() { throw reply }
    }

    /// Takes all that the server answers; gives the first failure in it.
    private func answer() -> PostgresFailure? {
      var found: PostgresFailure?
      while let result = PQgetResult(handle) {
        if PQresultStatus(result) != PGRES_COMMAND_OK, found == nil { found = failure(result) }
        PQclear(result)
      }
      if found == nil, !isAlive { found = failure(nil) }
      return found
    }
  }
#endif
