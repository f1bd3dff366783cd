import ArgumentParser
import SalesData
import Tidemill

/// `tidemill generate sales`.
struct GenerateCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "generate",
    abstract: "Write events to try queries on.",
    discussion: """
      Examples:

        tidemill generate sales --output sales --rows 1000000
        tidemill generate sales --output sales --rows 600000 --rate 20000
      """,
    subcommands: [Sales.self])

  func run() throws { throw CleanExit.helpRequest(self) }

  /// In what format the rows are.
  enum RowFormat: String, CaseIterable, ExpressibleByArgument { case json, csv }

  /// `tidemill generate sales`.
  struct Sales: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "sales",
      abstract: "Write sales as JSON lines or CSV into the files of a directory.",
      usage: "tidemill generate sales --output <dir> [<options>]",
      discussion: """
        A line is about 100 bytes:

          {"product_id":"p-00012","sales_amount":431,
           "event_time":"2024-03-01T12:34:56.789Z","region":"eu-west"}

        Few products sell much and many sell little (zipf, exponent 1.1). Event times run through the hours from the start, \
        out of order by up to 5 minutes; late rows are two hours behind. The same options give the same bytes. A file \
        appears as a whole, by its last name.

        With --varied the lines are like those of applications that have changed over the years: keys in any order, further \
        fields, objects and arrays within, escapes in strings; one line in 128 has no product, one has null for it, and the \
        same goes for the amount:

          {"event_time":"2024-03-01T12:34:56.789Z","product_id":"p-00012",
           "sales_amount":431,"region":"eu-west",
           "store":{"id":17,"city":"Malmö"},"note":"says \\"call first\\""}

        Examples:

          tidemill generate sales --output sales --rows 1000000

          tidemill generate sales --output sales --rows 10000000 --files 20

          tidemill generate sales --output sales --rows 100000 --uniform \\
            --products 1000000 --late 0.01 --malformed 0.0001

          tidemill generate sales --output sales-csv --format csv

          tidemill generate sales --output sales-varied --varied

        A new file every half second:

          tidemill generate sales --output sales --rows 600000 --files 60 \\
            --rate 20000
        """)

    @Option(name: .long, help: ArgumentHelp("Where the files go; made if it is not there.", valueName: "dir"))
    var output: String

    @Option(name: .long, help: "How many rows in all.")
    var rows = 1_000_000

    @Option(name: .long, help: "In how many files.")
    var files = 10

    @Option(name: .long, help: ArgumentHelp("Rows per second; as fast as possible if not given.", valueName: "rows/s"))
    var rate: Int?

    @Option(name: .long, help: "How many products.")
    var products = 1_000

    @Flag(name: .long, help: "All products sell alike.")
    var uniform = false

    @Option(name: .long, help: "JSON lines, or CSV with a header.")
    var format = RowFormat.json

    @Flag(name: .long, help: "JSON lines that differ from one another.")
    var varied = false

    @Option(name: .long, help: ArgumentHelp("The first event time.", valueName: "time"))
    var start = "2024-03-01T00:00:00Z"

    @Option(name: .long, help: "Over how many hours the event times are spread.")
    var hours = 24

    @Option(name: .long, help: ArgumentHelp("The share of rows that are two hours late.", valueName: "share"))
    var late = 0.001

    @Option(name: .long, help: ArgumentHelp("The share of rows that are cut and so not readable.", valueName: "share"))
    var malformed = 0.0

    @Option(name: .long, help: "Another seed gives other rows.")
    var seed: UInt64 = 1

    private var startTime: EventTime? { TimestampText.microseconds(start).map { EventTime(microseconds: $0) } }

    func validate() throws {
      func check(_ isRight: Bool, _ message: String) throws { if !isRight { throw ValidationError(message) } }
      try check((0...1_000_000_000_000).contains(rows), "--rows takes a number from 0 on.")
      try check((1...1_000_000).contains(files), "--files takes a number from 1 to 1000000.")
      try check(rate.map { $0 > 0 } ?? true, "--rate takes a number from 1 on.")
      try check((1...9_999_999).contains(products), "--products takes a number from 1 to 9999999.")
      try check(startTime != nil, "--start takes a time such as 2024-03-01T00:00:00Z.")
      try check((1...1_000_000).contains(hours), "--hours takes a number from 1 on.")
      try check(!varied || format == .json, "--varied is for JSON lines, not for --format csv.")
      try check((0...1).contains(late), "--late takes a share from 0 to 1.")
      try check((0...1).contains(malformed), "--malformed takes a share from 0 to 1.")
    }

    func run() throws {
      let options = SalesOptions(
        rows: rows, products: products, isUniform: uniform, start: startTime!, span: .hours(Int64(hours)), lateShare: late,
        malformedShare: malformed, seed: seed, shape: format == .csv ? .csv : varied ? .varied : .json)
      do {
        try FilePublisher(directory: output, files: files, rate: rate).publish(SalesGenerator(options))
      } catch {
        throw TidemillFailure(error)
      }
    }
  }
}
