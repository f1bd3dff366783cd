import TidemillColumns
import TidemillConnectors
import TidemillEngine
import TidemillFormats
import TidemillPlan
import TidemillSQL

let queryCases = [
  BenchmarkCase(name: "group-low", what: "count by one of 1,000 products, no window") {
    try QueryPass(rows: $0, counts, .update)
  },
  BenchmarkCase(name: "group-high", what: "count by one of a million products, no window") {
    try QueryPass(rows: $0, isDiverse: true, counts, .update)
  },
  BenchmarkCase(name: "tumble-low", what: "sum, count and average by product and hour, 1,000 products") {
    try QueryPass(rows: $0, hourly)
  },
  BenchmarkCase(name: "tumble-high", what: "the same for a million products, nearly a result a row") {
    try QueryPass(rows: $0, isDiverse: true, hourly)
  },
  BenchmarkCase(name: "tumble-update", what: "the hourly query in update mode, every epoch giving what changed") {
    try QueryPass(rows: $0, hourly, .update)
  },
  BenchmarkCase(name: "slide", what: "sum by product and sliding hour, 12 windows a row, 1,000 products") {
    try QueryPass(rows: $0, sliding)
  },
  BenchmarkCase(name: "slide-emit", what: "the same for a million products: a dozen results a row") {
    try QueryPass(rows: $0, isDiverse: true, sliding)
  },
  BenchmarkCase(name: "top", what: "the three best products of each half hour") {
    try QueryPass(
      rows: $0,
      """
      SELECT product_id, total, w FROM (
        SELECT product_id, SUM(sales_amount) AS total, window(event_time, '30 minutes') AS w
        FROM sales GROUP BY product_id, window(event_time, '30 minutes'))
      QUALIFY row_number() OVER (PARTITION BY w ORDER BY total DESC, product_id) <= 3
      """)
  },
  BenchmarkCase(name: "sessions", what: "sum by product and session, gap 30 minutes, 1,000 products") {
    try QueryPass(
      rows: $0,
      """
      SELECT product_id, session_window(event_time, '30 minutes') AS w, SUM(sales_amount) AS total, COUNT(*) AS sales
      FROM sales GROUP BY product_id, session_window(event_time, '30 minutes')
      """)
  },
]

private let counts = "SELECT product_id, COUNT(*) AS sales FROM sales GROUP BY product_id"

let hourly = """
  SELECT product_id, window(event_time, '1 hour') AS w,
         SUM(sales_amount) AS total, COUNT(*) AS sales, AVG(sales_amount) AS average
  FROM sales GROUP BY product_id, window(event_time, '1 hour')
  """

private let sliding = """
  SELECT product_id, window(event_time, '1 hour', '5 minutes') AS w, SUM(sales_amount) AS total
  FROM sales GROUP BY product_id, window(event_time, '1 hour', '5 minutes')
  """

/// Columns to results: a whole query from its first row to the closing of its last window, in one lane.
struct QueryPass: Pass {
  let rows: Int
  let plan: QueryPlan
  private let batches: [Batch]

  private static let batchesAnEpoch = 2

  init(rows: Int, isDiverse: Bool = false, _ query: String, _ mode: OutputMode = .append) throws {
    let script = try SQLParser.parseScript(
      """
      CREATE STREAM sales (product_id STRING, sales_amount INT, event_time TIMESTAMP,
                           WATERMARK FOR event_time AS event_time - INTERVAL '10 minutes') USING json
      """)
    guard case .createStream(let statement)? = script.first else { preconditionFailure("the script makes a stream") }
    plan = try Resolver(streams: ["sales": statement.definition]).resolve(
      try SQLParser.parseQuery(query), options: ResolveOptions(outputMode: mode, closesAtEnd: true))
    let format = JSONFormat(request: ReadRequest(schema: plan.scanSchema, eventTime: plan.eventTime))
    batches = try SalesText(rows: rows, isDiverse: isDiverse).decoded(format)
    self.rows = batches.reduce(0) { $0 + $1.count }
  }

  func run() throws -> Outcome {
    let pipeline = try QueryPipeline(plan)
    pipeline.expect(partitions: 1)
    var results: [Batch] = []
    for (index, batch) in batches.enumerated() {
      let prepared = pipeline.prepare(batch, partition: 0)
      pipeline.order(prepared)
      pipeline.absorb(prepared, lane: 0)
      let isFinal = index + 1 == batches.count
      if isFinal || (index + 1) % Self.batchesAnEpoch == 0 {
        results.append(try pipeline.finishEpoch(EpochEnd(isFinal: isFinal)).changes)
      }
    }
    return .batches(results)
  }
}
