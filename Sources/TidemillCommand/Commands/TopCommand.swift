import ArgumentParser
import Tidemill

/// `tidemill top [URL]`.
struct TopCommand: QueryCommand {
  static let configuration = CommandConfiguration(
    commandName: "top",
    abstract: "Watch the queries and views of a server in the terminal.",
    discussion: """
      Shows what the server's page shows: how fast and how far behind each query is, what was late or rejected, and the top rows of \
      each view's current window. Drawn anew once a second until Ctrl-C; in a pipe, or with --once, printed once.

        tidemill top
        tidemill top http://127.0.0.1:9090
        tidemill top https://mill.example:8443 --token-file token --once

      \(ExitStatus.documentation)
      """)

  @Argument(help: ArgumentHelp("Where the server is: http://127.0.0.1:8080 if not given.", valueName: "url"))
  var url: String?

  @Option(
    name: .long,
    help: ArgumentHelp(
      "The server's token is in this file; if not given, in the environment's TIDEMILL_TOKEN.", valueName: "file"))
  var tokenFile: String?

  @Flag(name: .long, help: "Print once and end.")
  var once = false

  func run() throws { preconditionFailure("runQuery does it") }

  func runQuery() async -> ExitStatus {
    do {
      #if Server
        let client = try TopClient(url ?? "http://127.0.0.1:8080", tokenFile: tokenFile)
        let terminal = Terminal.standardOutput
        do {
          if once || !terminal.canRedraw {
            try await TopRun.printOnce(client)
          } else {
            try await TopRun.watch(client, on: terminal)
          }
        } catch {
          await client.close()
          throw error
        }
        await client.close()
        return .success
      #else
        throw Serving.missing
      #endif
    } catch {
      let failure = TidemillFailure(error)
      StandardError.write(failure.text + "\n")
      return failure.status
    }
  }
}
