import ArgumentParser
import Tidemill

/// `tidemill serve script.sql`.
struct ServeCommand: QueryCommand {
  static let configuration = CommandConfiguration(
    commandName: "serve",
    abstract: "Run a script and serve its views over HTTP, with a page to watch.",
    discussion: """
      A view is a query whose result is kept, to be read while it changes:

        CREATE MATERIALIZED VIEW hourly AS
        SELECT product_id, SUM(sales_amount) AS total_sales,
               window(event_time, '1 hour') AS hour_window
        FROM sales GROUP BY product_id, window(event_time, '1 hour');

      Then look at http://127.0.0.1:8080/, or ask:

        tidemill serve hourly.sql --checkpoint state
        curl 'http://127.0.0.1:8080/v1/views/hourly?order=-total_sales&limit=10'
        curl -N http://127.0.0.1:8080/v1/views/hourly/changes

      Only this machine gets in unless --listen says otherwise, and nobody can change anything without --writable. With it, events \
      for streams USING http are taken at /v1/streams/NAME. The whole interface is described at /openapi.json.

      It goes on serving when the input has ended or a query has failed, which the page and /readyz say, until Ctrl-C: that \
      finishes the epoch, commits it and ends. With `run --serve` the server ends with the queries.

      \(ExitStatus.documentation)
      """)

  @Argument(help: ArgumentHelp("The script; - is standard input.", valueName: "script.sql"))
  var script: String

  @OptionGroup(title: "Serving") var server: ServerArguments

  @OptionGroup var options: QueryOptions

  func run() throws { preconditionFailure("queries are run by runQuery") }

  func runQuery() async -> ExitStatus {
    await RunCommand.run(script, options, Serving(arguments: server, staysUp: true))
  }
}
