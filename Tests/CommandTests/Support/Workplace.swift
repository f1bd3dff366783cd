import Foundation

/// A directory of a test's own, gone when the test is over.
final class Workplace: Sendable {
  let path: String

  init() throws {
    path = NSTemporaryDirectory() + "tidemill-command-" + UUID().uuidString
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  func callAsFunction(_ name: String) -> String { path + "/" + name }

  /// Writes a file that appears as a whole; makes its directory.
  func write(_ name: String, _ text: String) throws { try write(name, Array(text.utf8)) }

  /// Writes a file that appears as a whole; makes its directory.
  func write(_ name: String, _ bytes: [UInt8]) throws {
    let target = URL(fileURLWithPath: self(name))
    try FileManager.default.createDirectory(at: target.deletingLastPathComponent(), withIntermediateDirectories: true)
    let hidden = target.deletingLastPathComponent().appendingPathComponent("." + target.lastPathComponent)
    try Data(bytes).write(to: hidden)
    guard rename(hidden.path, target.path) == 0 else { throw CocoaError(.fileWriteUnknown) }
  }

  func read(_ name: String) throws -> String {
    String(decoding: try Data(contentsOf: URL(fileURLWithPath: self(name))), as: UTF8.self)
  }

  func names(_ directory: String) -> [String] {
    ((try? FileManager.default.contentsOfDirectory(atPath: self(directory))) ?? []).sorted()
  }

  /// What a reader of a sink's directory sees: the lines of all files whose names do not begin with `_` or `.`.
  func rows(_ directory: String) throws -> [String] {
    try names(directory).filter { !$0.hasPrefix("_") && !$0.hasPrefix(".") }.flatMap { name in
      try read(directory + "/" + name).split(separator: "\n").map(String.init)
    }
  }
}

/// Six sales in two hours, the last of which is late under a watermark of ten minutes.
enum Sales {
  static let lines = """
    {"product_id":"a","sales_amount":10,"event_time":"2024-03-01T10:05:00Z"}
    {"product_id":"b","sales_amount":20,"event_time":"2024-03-01T10:15:00Z"}
    {"product_id":"a","sales_amount":30,"event_time":"2024-03-01T10:45:00Z"}
    {"product_id":"a","sales_amount":5,"event_time":"2024-03-01T11:05:00Z"}
    {"product_id":"c","sales_amount":7,"event_time":"2024-03-01T11:20:00Z"}
    {"product_id":"b","sales_amount":1,"event_time":"2024-03-01T10:50:00Z"}

    """

  static let stream = """
    CREATE STREAM sales (product_id STRING, sales_amount INT, event_time TIMESTAMP,
                         WATERMARK FOR event_time AS event_time - INTERVAL '10 minutes')
      USING json OPTIONS (path 'sales');

    """

  static let query = """
    SELECT product_id, SUM(sales_amount) AS total_sales, window(event_time, '1 hour') AS hour_window
    FROM sales GROUP BY product_id, window(event_time, '1 hour')
    """

  static let hourly = stream + query + ";\n"

  /// What the query gives, without the row that is late.
  static let totals = [
    #"{"product_id":"a","total_sales":40,"hour_window":{"start":"2024-03-01T10:00:00Z","end":"2024-03-01T11:00:00Z"}}"#,
    #"{"product_id":"b","total_sales":20,"hour_window":{"start":"2024-03-01T10:00:00Z","end":"2024-03-01T11:00:00Z"}}"#,
    #"{"product_id":"a","total_sales":5,"hour_window":{"start":"2024-03-01T11:00:00Z","end":"2024-03-01T12:00:00Z"}}"#,
    #"{"product_id":"c","total_sales":7,"hour_window":{"start":"2024-03-01T11:00:00Z","end":"2024-03-01T12:00:00Z"}}"#,
  ]

  /// A workplace with the sales in `sales/1.json`.
  static func workplace() throws -> Workplace {
    let place = try Workplace()
    try place.write("sales/1.json", lines)
    return place
  }
}
