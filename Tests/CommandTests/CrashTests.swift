import Foundation
import Testing

@Suite struct CrashTests {
  private static let script = """
    SET idle.timeout = off;
    SET snapshot.bytes = 20000;
    SET epoch.bytes = 8000;
    CREATE STREAM sales (product_id STRING, sales_amount INT, event_time TIMESTAMP, region STRING,
                         WATERMARK FOR event_time AS event_time - INTERVAL '10 minutes')
      USING json OPTIONS (path 'sales', late 'late_rows', rejected 'bad_rows');
    CREATE SINK hourly USING json OPTIONS (path 'hourly');
    CREATE SINK regions USING csv OPTIONS (path 'regions', header 'false');
    CREATE SINK late_rows USING json OPTIONS (path 'late');
    CREATE SINK bad_rows USING json OPTIONS (path 'bad');
    INSERT INTO hourly WITH (mode 'append')
      SELECT product_id, sum(sales_amount) AS total, count(*) AS n, window(event_time, '1 hour') AS w
      FROM sales GROUP BY product_id, window(event_time, '1 hour');
    INSERT INTO regions WITH (mode 'append')
      SELECT region, count(*) AS n, window(event_time, '2 hours', '1 hour') AS w
      FROM sales GROUP BY region, window(event_time, '2 hours', '1 hour');
    """
  private static let sinks = ["hourly", "regions", "late", "bad"]
  private static let files = 24

  /// The files of a workplace's sinks with their content.
  private func results(_ place: Workplace) throws -> [String: String] {
    var files: [String: String] = [:]
    for sink in Self.sinks {
      for name in place.names(sink) where !name.hasPrefix("_") && !name.hasPrefix(".") {
        files["\(sink)/\(name)"] = try place.read("\(sink)/\(name)")
      }
    }
    return files
  }

  private func progressLines(_ place: Workplace) -> Int {
    ((try? place.read("p.jsonl")) ?? "").utf8.count { $0 == UInt8(ascii: "\n") }
  }

  @Test func killedAgainAndAgainWhileFilesArriveItGivesWhatAnUninterruptedRunGives() async throws {
    let place = try Workplace()
    let generated = try await Program.run(
      [
        "generate", "sales", "--output", "all", "--rows", "12000", "--files", "\(Self.files)", "--products", "20", "--late",
        "0.01", "--malformed", "0.01",
      ], in: place)
    #expect(generated.status == 0)
    try place.write("q.sql", Self.script)
    try FileManager.default.createDirectory(atPath: place("sales"), withIntermediateDirectories: true)
    let arguments = ["run", "q.sql", "--checkpoint", "state", "--progress", "p.jsonl", "--quiet"]
    var child = try Program.start(arguments, in: place)
    var seen: [String: String] = [:]
    for (number, name) in place.names("all").enumerated() {
      let before = progressLines(place)
      try place.write("sales/\(name)", try place.read("all/\(name)"))
      switch number % 4 {
      case 0: break  // While the file is being found or read, or not even that.
      case 1: try await eventually("progress") { progressLines(place) > before || !child.isRunning }
      case 2: try await eventually("much progress") { progressLines(place) > before + 8 || !child.isRunning }
      default: continue
      }
      #expect(child.isRunning, "\(child.errors)")
      try await child.killAndWait()
      let after = try results(place)
      // What readers have seen stays as it was.
      for (path, content) in seen { #expect(after[path] == content, "\(path) changed") }
      seen = after
      child = try Program.start(arguments, in: place)
    }
    try await child.killAndWait()
    let last = try await Program.run(arguments + ["--once"], in: place)
    #expect(last.status == 0, "\(last.errors)")
    #expect(progressLines(place) > 100, "many epochs of two queries")

    let straight = try Workplace()
    try straight.write("q.sql", Self.script)
    for name in place.names("all") { try straight.write("sales/\(name)", try place.read("all/\(name)")) }
    let once = try await Program.run(["run", "q.sql", "--once", "--quiet"], in: straight)
    #expect(once.status == 0, "\(once.errors)")
    for sink in Self.sinks {
      let expected = try straight.rows(sink)
      #expect(!expected.isEmpty)
      #expect(try place.rows(sink).sorted() == expected.sorted(), "\(sink)")
      #expect(place.names(sink).allSatisfy { $0.hasPrefix("part-") })
    }
  }
}
