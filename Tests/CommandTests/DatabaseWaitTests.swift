#if Postgres
  import Foundation
  import Testing

  @Suite struct DatabaseWaitTests {
    @Test func aServerThatIsNotThereIsWaitedForInSightAndItsPasswordIsSeenNowhere() async throws {
      let place = try Sales.workplace()
      let secret = "sEcret4u"
      try place.write("password", secret + "\n")
      try place.write(
        "q.sql",
        Sales.stream + """
          CREATE SINK hourly USING postgres OPTIONS (
            url 'postgresql://ada:${file:password}@127.0.0.1:1/sales', table 'hourly', retry.limit '300 milliseconds');
          INSERT INTO hourly \(Sales.query);
          """)
      let run = try await Program.run(
        ["run", "q.sql", "--once", "--checkpoint", "state", "--progress", "p.jsonl", "--stats"], in: place)
      #expect(run.status != 0)
      #expect(run.errors.contains("warning: sink hourly: waiting for PostgreSQL at 127.0.0.1:1/sales: "))
      #expect(run.errors.contains("Connection refused; try 2, again in 250 milliseconds"))
      #expect(run.errors.contains("PostgreSQL at 127.0.0.1:1/sales could not be used for"))
      var seen = [run.output, run.errors]
      let files = FileManager.default.enumerator(atPath: place.path)!
      for case let name as String in files where name != "password" {
        if let bytes = FileManager.default.contents(atPath: place(name)) { seen.append(String(decoding: bytes, as: UTF8.self)) }
      }
      #expect(seen.count > 4)
      #expect(!seen.contains { $0.contains(secret) })
    }
  }
#endif
