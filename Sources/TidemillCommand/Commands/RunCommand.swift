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

  func run() throws { preconditionFailure("queries are run by runQuery") }

  func runQuery() async -> ExitStatus {
    let text: String
    do {
      text = try readScript()
    } catch {
      StandardError.write(TidemillFailure(error, status: .usage).text + "\n")
      return .usage
    }
    return await QueryRun(text: text, file: script == "-" ? "stdin" : script, options: options, usualTrigger: .asap).run()
  }

  private func readScript() throws -> String {
    let bytes = try script == "-" ? StandardInput.readAll() : LocalFileSystem().read(script)
    guard let text = String(validating: bytes, as: UTF8.self) else {
      throw TidemillError(.badInput, "\(script) is not UTF-8 text", hint: "save the script as UTF-8")
    }
    return text
  }
}
