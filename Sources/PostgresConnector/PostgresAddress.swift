#if Postgres
  import CPostgres
  import PostgresBridge
  import TidemillColumns

  /// Where a database is, as a connection URL says it, and the secret in it that nobody must see.
  struct PostgresAddress: Sendable {
    /// With the password.
    let url: String
    /// `127.0.0.1:5432/sales`, for messages.
    let place: String
    /// What must not stand in any message.
    private let secrets: [String]

    /// - Throws: `TidemillError`, which holds nothing of the URL: what cannot be taken apart may have the password anywhere.
    init(_ url: String, owner: String) throws {
      self.url = url
      if let problem = tidemill_postgres_problem() {
        throw TidemillError(
          .unsupported, "\(owner): libpq cannot be loaded: \(String(cString: problem))",
          hint: "install it: libpq5 on Debian, libpq from Homebrew")
      }
      let refusal = TidemillError(
        .invalidQuery, "\(owner): the option url is no address of a PostgreSQL database",
        hint: "it takes 'postgresql://user:password@host:5432/database'; in a password write @ as %40, : as %3A and / as %2F")
      var problem: UnsafeMutablePointer<CChar>?
      guard let options = PQconninfoParse(url, &problem) else {
        if let problem { PQfreemem(problem) }
        throw refusal
      }
      defer { PQconninfoFree(options) }
      var values: [String: String] = [:]
      var option = options
      while let keyword = option.pointee.keyword {
        if let value = option.pointee.val { values[String(cString: keyword)] = String(cString: value) }
        option += 1
      }
      // An @ in a password ends it early, and a password in the wrong place is taken for something else, which would be shown.
      let host = values["host"] ?? values["hostaddr"] ?? "localhost"
      let port = values["port"] ?? "5432"
      if host.contains("@") || !port.allSatisfy({ $0.isASCII && $0.isNumber || $0 == "," }) { throw refusal }
      place = "\(host):\(port)\(values["dbname"].map { "/\($0)" } ?? "")"
      secrets = values["password"].map { [$0, Self.written(password: url)].compactMap { $0 } } ?? []
    }

    /// The password as the URL has it, percent signs and all.
    private static func written(password url: String) -> String? {
      guard let start = url.firstRange(of: "://")?.upperBound, let end = url[start...].firstIndex(of: "@"),
        let colon = url[start..<end].firstIndex(of: ":")
      else { return nil }
      return String(url[url.index(after: colon)..<end])
    }

    /// The text without the password, should it be in it.
    func masking(_ text: String) -> String {
      var text = text
      for secret in secrets where !secret.isEmpty { text = text.replacing(secret, with: "***") }
      return text
    }
  }
#endif
