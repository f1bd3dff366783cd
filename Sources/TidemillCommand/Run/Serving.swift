import Tidemill

#if canImport(Darwin)
  import Darwin
#elseif canImport(Musl)
  import Musl
#else
  import Glibc
#endif

#if Server
  import TidemillServer
#endif

/// That a run is to be served, and how.
struct Serving {
  var arguments: ServerArguments
  /// Whether it goes on when the queries have ended or failed.
  var staysUp: Bool
}

#if Server
  extension Serving {
    /// - Throws: `TidemillError` for what cannot be, such as a token that cannot be read.
    func options() throws -> ServerOptions {
      var options = ServerOptions()
      if let text = arguments.listen {
        guard let address = ListenAddress(parsing: text) else {
          throw TidemillError(
            .invalidQuery, "--listen cannot be '\(text)'", hint: "it takes a host and a port, such as 127.0.0.1:8080")
        }
        options.address = address
      }
      if let file = arguments.tokenFile {
        options.token = try AccessToken(file: file)
      } else if arguments.noToken == 0, let text = getenv("TIDEMILL_TOKEN") {
        options.token = try AccessToken(String(cString: text), from: "TIDEMILL_TOKEN")
      }
      options.isOpen = arguments.noToken >= 2
      if let certificate = arguments.tlsCert, let key = arguments.tlsKey { options.tls = (certificate, key) }
      options.isWritable = arguments.writable
      if let size = arguments.maxBody { options.limits.body = size.bytes }
      return options
    }

    func server(_ plan: ScriptPlan, _ start: StartOptions) throws -> QueryServer {
      try QueryServer(plan, options: options(), checkpoint: start.checkpoint, memoryBudget: start.memoryLimit)
    }
  }

  extension QueryServer {
    /// Runs the queries and serves them until they have ended, or until there is a request to stop.
    ///
    /// - Parameter file: how the script is called in messages.
    func serve(
      staysUp: Bool, file: String, text: String, _ signals: StopSignals,
      start: @escaping @Sendable () async throws -> StreamingQuery
    ) async throws -> JobEnding {
      await signals.onRequest { self.stop() }
      return try await run(
        staysUp: staysUp,
        onListening: { StandardError.write("serving \($0)\n") },
        onEnd: { result in
          guard staysUp, case .failure(let error) = result else { return }
          StandardError.write(TidemillFailure(error, script: text, file: file).text + "\n")
        },
        start: start)
    }
  }
#else
  extension Serving {
    static var missing: TidemillError {
      TidemillError(
        .unsupported, "this build of tidemill has no server",
        hint: "build it with swift build --traits Server, or with make build, which takes all traits")
    }
  }
#endif
