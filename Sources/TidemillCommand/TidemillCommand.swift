import ArgumentParser
import FileConnector

#if canImport(Darwin)
  import Darwin
#elseif canImport(Musl)
  import Musl
#else
  import Glibc
#endif

/// The program `tidemill`.
struct TidemillCommand: ParsableCommand {
  static let version = "0.1.0"

  static let configuration = CommandConfiguration(
    commandName: "tidemill",
    abstract: "Keeps GROUP BY answers up to date over event streams.",
    discussion: """
      A first answer takes one line; the columns are learned from the data:

        tidemill sql "SELECT region, count(*) AS orders
                      FROM 'sales/*.json' GROUP BY region"

      A script declares its streams and goes on as new files appear, through crashes and restarts:

        tidemill run hourly.sql --checkpoint state

      Its views can be read and watched over HTTP:

        tidemill serve hourly.sql --checkpoint state

      Data to try it on:

        tidemill generate sales --output sales --rows 1000000

      \(ExitStatus.documentation)
      """,
    version: version,
    subcommands: [
      RunCommand.self, ServeCommand.self, SQLCommand.self, GenerateCommand.self, VacuumCommand.self, TopCommand.self,
    ])
}

@main
enum Main {
  static func main() async {
    ProcessMemory.configure()
    InPlaceReading.allow()
    let status: ExitStatus
    do {
      var command = try parse(Array(CommandLine.arguments.dropFirst()))
      switch command {
      case let command as any QueryCommand: status = await command.runQuery()
      default:
        try command.run()
        status = .success
      }
    } catch {
      status = report(error)
    }
    exit(status.rawValue)
  }

  /// A command that comes first is parsed by itself: to look through all commands is half of what a start of the program executes. Help,
  /// and what it does not take, is told by the parser of all of them; so is all of a command that has commands of its own.
  private static func parse(_ arguments: [String]) throws -> any ParsableCommand {
    if let named = TidemillCommand.configuration.subcommands.first(where: { $0.configuration.commandName == arguments.first }),
      named.configuration.subcommands.isEmpty,
      // Asked for help it gives another command.
      let command = try? named.parseAsRoot(Array(arguments.dropFirst())), type(of: command) == named
    {
      return command
    }
    return try TidemillCommand.parseAsRoot(arguments)
  }

  /// Prints help, or what is wrong with the command line.
  private static func report(_ error: any Error) -> ExitStatus {
    if let error = error as? TidemillFailure {
      StandardError.write(error.text + "\n")
      return error.status
    }
    let text = TidemillCommand.fullMessage(for: error)
    if TidemillCommand.exitCode(for: error).isSuccess {
      try? StandardOutput.shared.write(text + "\n")
      return .success
    }
    if !text.isEmpty { StandardError.write(text + "\n") }
    return .usage
  }
}
