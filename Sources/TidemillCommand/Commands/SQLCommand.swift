import ArgumentParser
import Tidemill

/// `tidemill sql "SELECT …"`.
struct SQLCommand: QueryCommand {
  static let configuration = CommandConfiguration(
    commandName: "sql",
    abstract: "Answer one query over files or standard input.",
    discussion: """
      The columns are learned from the beginning of the data; --schema shows them. What is there is all there is: every window \
      closes at the end, and the final table is printed once, by window and key. With --output-mode or --checkpoint the \
      results are printed as they come instead.

      Examples:

        tidemill sql "SELECT region, sum(sales_amount) AS total
                      FROM 'sales/*.json' GROUP BY region"

        tidemill sql "SELECT window(event_time, '1 hour') AS hour, count(*) AS n
                      FROM 'sales' GROUP BY window(event_time, '1 hour')"

        cat events.jsonl | tidemill sql "SELECT user_id, count(*) AS n
                                         FROM stdin GROUP BY user_id"

        tidemill sql "SELECT * FROM 'sales/*.json'" --schema

        tidemill sql "SELECT count(*) AS n FROM 'sales'" --stats --strict

      \(ExitStatus.documentation)
      """)

  @Argument(help: "The query; FROM names a stream by its path in quotes, or stdin.")
  var query: String

  @Flag(name: .long, help: "Print the columns that were learned, as a CREATE STREAM statement, and end.")
  var schema = false

  @OptionGroup var options: QueryOptions

  func run() throws { preconditionFailure("queries are run by runQuery") }

  func runQuery() async -> ExitStatus {
    var run = QueryRun(text: query, file: "query", options: options, usualTrigger: .once)
    run.showsSchema = schema
    run.prefersFinalTable = true
    return await run.run()
  }
}
