import TidemillColumns
import TidemillConnectors
import TidemillFormats

let writeCases = [
  BenchmarkCase(name: "write-json", what: "hourly results as JSON lines") { try WritePass(rows: $0, JSONWriter()) },
  BenchmarkCase(name: "write-csv", what: "hourly results as CSV") { try WritePass(rows: $0, CSVWriter()) },
]

/// Results to bytes.
private struct WritePass: Pass {
  let rows: Int
  private let batches: [Batch]
  private let writer: any RecordWriter

  init(rows: Int, _ writer: any RecordWriter) throws {
    guard case .batches(let batches) = try QueryPass(rows: rows, isDiverse: true, hourly).run() else {
      preconditionFailure("a query gives batches")
    }
    self.batches = batches
    self.writer = writer
    self.rows = batches.reduce(0) { $0 + $1.count }
  }

  func run() throws -> Outcome {
    var bytes: [UInt8] = []
    for batch in batches { writer.append(batch, to: &bytes) }
    return .text(bytes)
  }
}
