#if Server
  import Tidemill

  /// How a server listens, and what it allows.
  public struct ServerOptions: Sendable {
    /// Where it listens.
    public var address = ListenAddress(host: "127.0.0.1", port: 8080)
    /// What clients must know; `nil`: nothing.
    public var token: AccessToken?
    /// Whether it may listen wider than on this machine without a token.
    public var isOpen = false
    /// PEM files of the certificate, with those that vouch for it, and of its key.
    public var tls: (certificate: String, key: String)?
    /// Whether clients may push events and pause, resume and stop queries.
    public var isWritable = false
    public var limits = ServerLimits()

    public init() {}

    /// - Throws: `TidemillError` when others could reach it without a token.
    public func validate() throws {
      guard !address.isLoopback, token == nil, !isOpen else { return }
      throw TidemillError(
        .invalidQuery, "listening on \(address) lets other machines in, and there is no token",
        hint: "give one by --token-file or TIDEMILL_TOKEN, or give --no-token twice to let everybody in")
    }
  }

  /// How much clients can ask of a server.
  public struct ServerLimits: Sendable {
    /// Bytes of a request's body.
    public var body = 32 << 20
    /// Bytes of all bodies that are there at a time; those beyond get 503.
    public var bodies = 256 << 20
    /// Bytes of all answers that are being made or wait for their clients; those beyond get 503.
    public var answers = 256 << 20
    /// Bytes of a request's head.
    public var head = 32 << 10
    /// Connections that are answered; those beyond get 503.
    public var connections = 4096
    /// Followers of views' changes; those beyond get 503.
    public var subscribers = 2048
    /// Ad-hoc queries at the same time; those beyond get 503.
    public var queries = 4
    /// How long an ad-hoc query, or the reading of a view's rows, may take.
    public var queryTime = Duration.seconds(30)
    /// Bytes of answers that are kept for those who ask the same.
    public var cache = 64 << 20
    /// After this time a client that takes nothing, or says nothing, is cut off.
    public var stall = Duration.seconds(30)
    /// After this time without a change, followers get a comment, so that nobody in between takes the connection for dead.
    public var heartbeat = Duration.seconds(15)
    /// How long clients may take for what is on its way when the server ends.
    public var farewell = Duration.seconds(2)

    public init() {}
  }
#endif
