import ArgumentParser
import Tidemill

/// The options that say how to serve: of `serve`, and of `run --serve`.
struct ServerArguments: ParsableArguments {
  @Option(
    name: .long,
    help: ArgumentHelp(
      "Where to listen: 127.0.0.1:8080 if not given. Port 0 takes one that is free.", valueName: "host:port"))
  var listen: String?

  @Option(
    name: .long,
    help: ArgumentHelp(
      "Ask clients for the token in this file, or in the environment's TIDEMILL_TOKEN. Needed to listen for other machines.", valueName: "file"))
  var tokenFile: String?

  @Flag(name: .long, help: "Given twice: let other machines in without a token.")
  var noToken: Int

  @Option(
    name: .long,
    help: ArgumentHelp("Speak TLS with the certificate in this PEM file; needs --tls-key.", valueName: "file"))
  var tlsCert: String?

  @Option(name: .long, help: ArgumentHelp("The certificate's key, a PEM file.", valueName: "file"))
  var tlsKey: String?

  @Flag(name: .long, help: "Let clients push events, and pause, resume and stop queries. Without it they can only read.")
  var writable = false

  @Option(
    name: .long, help: ArgumentHelp("The largest body of a request; 32MB if not given.", valueName: "size"))
  var maxBody: MemoryOption?

  func validate() throws {
    if (tlsCert == nil) != (tlsKey == nil) { throw ValidationError("--tls-cert and --tls-key go together.") }
    if noToken > 0, tokenFile != nil { throw ValidationError("--no-token and --token-file exclude each other.") }
    if let maxBody, maxBody.bytes > 1 << 30 { throw ValidationError("--max-body takes at most 1GB.") }
  }

  /// Whether any of them was given.
  var isGiven: Bool {
    listen != nil || tokenFile != nil || noToken > 0 || tlsCert != nil || writable || maxBody != nil
  }
}
