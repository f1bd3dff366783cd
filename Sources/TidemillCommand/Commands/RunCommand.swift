import ArgumentParser
import Tidemill
import TidemillFiles

/// `tidemill run script.sql`.
struct RunCommand: QueryCommand {
  static let configuration = CommandConfiguration(
    commandName: "run",
    abstract: "Run a script of SQL statements.",
    discussion: """
      A script declares streams and sinks, and what goes from one to the other:

        CREATE STREAM sales (product_id STRING, sales_amount INT,
                             event_time TIMESTAMP,
                             WATERMARK FOR event_time
                               AS event_time - INTERVAL '10 minutes')
          USING json OPTIONS (path 'sales');

        SELECT product_id, SUM(sales_amount) AS total_sales,
               window(event_time, '1 hour') AS hour_window
        FROM sales GROUP BY product_id, window(event_time, '1 hour');

      Watch the totals change, until Ctrl-C; the same, and survive crashes:

        tidemill run hourly.sql
        tidemill run hourly.sql --checkpoint state

      Take what is there; from cron, keep open windows for the next time:

        tidemill run hourly.sql --once --format csv > hourly.csv
        tidemill run hourly.sql --checkpoint state --trigger available-now

      Look at its views in a browser meanwhile (see tidemill serve):

        tidemill run hourly.sql --serve

      Read the script from standard input:

        tidemill run - --once < hourly.sql

      A SELECT without INSERT INTO is shown: on a terminal as a table that is drawn anew as it changes, in a pipe as JSON \
      lines of the rows that changed; a row that is no longer part of the result carries "_op":"delete".

      Ctrl-C finishes the epoch, commits it and ends; with --checkpoint the same command then goes on from there.

      \(ExitStatus.documentation)
      """)

  @Argument(help: ArgumentHelp("The script; - is standard input.", valueName: "script.sql"))
  var script: String

  @OptionGroup var options: QueryOptions

  @Flag(name: .long, help: "Serve the queries and their views over HTTP for as long as they run, as `serve` does.")
  var serve = false

  @OptionGroup(title: "Serving") var server: ServerArguments

  func validate() throws {
    if server.isGiven, !serve { throw ValidationError("The options of serving need --serve.") }
  }

  func run() throws { preconditionFailure("queries are run by runQuery") }

  func runQuery() async -> ExitStatus {
    await Self.run(script, options, serve ? Serving(arguments: server, staysUp: false) : nil)
  }

  /// Runs a script.
  static func run(_ script: String, _ options: QueryOptions, _ serving: Serving?) async -> ExitStatus {
    let text: String
    do {
      text = try read(script)
    } catch {
      StandardError.write(TidemillFailure(error, status: .usage).text + "\n")
      return .usage
    }
    var run = QueryRun(text: text, file: script == "-" ? "stdin" : script, options: options, usualTrigger: .asap)
    run.serving = serving
    return await run.run()
  }

  private static func read(_ script: String) throws -> String {
    let bytes = try script == "-" ? StandardInput.readAll() : LocalFileSystem().read(script)
    guard let text = String(validating: bytes, as: UTF8.self) else {
      throw TidemillError(.badInput, "\(script) is not UTF-8 text", hint: "save the script as UTF-8")
    }
    return text
  }
}
