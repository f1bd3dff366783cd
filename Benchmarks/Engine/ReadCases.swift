import SalesData
import TidemillColumns
import TidemillConnectors
import TidemillFormats

let readCases = [
  BenchmarkCase(name: "read-json", what: "decode JSON lines, three of their four fields") {
    ReadPass(rows: $0, shape: .json, format: JSONFormat(request: ReadPass.request))
  },
  BenchmarkCase(name: "read-json-varied", what: "decode JSON lines with keys in any order, further fields and escapes") {
    ReadPass(rows: $0, shape: .varied, format: JSONFormat(request: ReadPass.request))
  },
  BenchmarkCase(name: "read-csv", what: "decode CSV, three of its four fields") {
    ReadPass(rows: $0, shape: .csv, format: try CSVFormat(request: ReadPass.request, declared: ReadPass.declared))
  },
]

/// Bytes to columns.
private struct ReadPass: Pass {
  static let declared = Schema([
    Field("product_id", .string), Field("sales_amount", .int), Field("event_time", .timestamp), Field("region", .string),
  ])
  static let request = ReadRequest(schema: Schema(Array(declared.fields.prefix(3))), eventTime: 2)

  let rows: Int
  private let text: SalesText
  private let format: any RecordFormat

  init(rows: Int, shape: SalesOptions.Shape, format: any RecordFormat) {
    self.rows = rows
    self.format = format
    text = SalesText(rows: rows, shape: shape)
  }

  func run() throws -> Outcome { .batches(try text.decoded(format)) }
}

extension SalesText {
  func decoded(_ format: any RecordFormat) throws -> [Batch] {
    var offset = 0
    return try pieces.map { piece in
      let result = try piece.withUnsafeBufferPointer {
        try format.decode($0, origin: "generated", offset: offset, latest: .distantFuture)
      }
      offset += piece.count
      return result.batch
    }
  }
}
