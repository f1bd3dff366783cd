import Testing

@Suite struct GenerateTests {
  @Test func theSameOptionsGiveTheSameBytesHoweverManyFiles() async throws {
    let place = try Workplace()
    for (directory, files, seed) in [("one", "1", "7"), ("many", "9", "7"), ("other", "1", "8")] {
      let run = try await Program.run(
        ["generate", "sales", "--output", directory, "--rows", "10000", "--files", files, "--seed", seed], in: place)
      #expect(run.status == 0)
      #expect(run.output == "")
      #expect(run.errors == "")
    }
    #expect(place.names("many") == (1...9).map { "sales-0000\($0).json" })
    let one = try place.rows("one")
    #expect(one.count == 10_000)
    #expect(try place.rows("many") == one)
    #expect(try place.rows("other") != one)
    #expect(
      one[0].wholeMatch(
        of: #/\{"product_id":"p-\d{5}","sales_amount":\d{1,4},"event_time":"2024-03-01T00:00:00.000Z","region":"[a-z-]+"\}/#)
        != nil)
  }

  @Test func lateAndMalformedRowsHaveTheSharesAskedFor() async throws {
    let place = try Workplace()
    _ = try await Program.run(
      [
        "generate", "sales", "--output", "sales", "--rows", "50000", "--files", "1", "--late", "0.01", "--malformed", "0.02",
        "--hours", "12",
      ], in: place)
    try place.write("q.sql", Sales.hourly)
    let run = try await Program.run(["run", "q.sql", "--once", "--stats"], in: place)
    let words = run.errors.split(separator: "\n").first?.split(separator: " ") ?? []
    #expect(words.count == 19, "\(run.errors)")
    #expect(words[1] == "50000")
    let rejected = Int(words[5]) ?? 0
    let late = Int(words[14]) ?? 0
    #expect((800...1200).contains(rejected))
    #expect((400...600).contains(late))
  }

  @Test func productsSellByTheirRankUnlessTheyAreUniform() async throws {
    let place = try Workplace()
    let query = """
      SELECT product_id, n FROM (SELECT product_id, count(*) AS n FROM '%' GROUP BY product_id)
      QUALIFY row_number() OVER (ORDER BY n DESC) <= 1
      """
    _ = try await Program.run(["generate", "sales", "--output", "z", "--rows", "20000", "--products", "100"], in: place)
    _ = try await Program.run(
      ["generate", "sales", "--output", "u", "--rows", "20000", "--products", "100000", "--uniform"], in: place)
    let zipf = try await Program.run(["sql", query.replacing("%", with: "z"), "--format", "csv"], in: place)
    #expect(zipf.output.contains("\np-00000,"), "\(zipf.errors)")
    let count = Int(zipf.output.split(separator: ",").last?.dropLast() ?? "") ?? 0
    #expect((4000...6000).contains(count), "the first of 100 has 23 % by zipf(1.1), here \(count)")
    let uniform = try await Program.run(["sql", query.replacing("%", with: "u"), "--format", "csv"], in: place)
    #expect(uniform.output.contains("\np-00"), "ids of many products have seven digits")
    #expect((Int(uniform.output.split(separator: ",").last?.dropLast() ?? "") ?? 99) < 10)
  }

  @Test func filesThatAreThereAreNotOverwritten() async throws {
    let place = try Workplace()
    try place.write("sales/sales-00002.json", "mine")
    let run = try await Program.run(["generate", "sales", "--output", "sales", "--rows", "10", "--files", "2"], in: place)
    #expect(run.status == 1)
    #expect(run.errors.hasPrefix("error: sales/sales-00002.json is already there\n"))
    #expect(place.names("sales") == ["sales-00002.json"])
  }

  @Test func everyFormatGivesTheSameTotals() async throws {
    let place = try Workplace()
    var answers: Set<String> = []
    for (directory, ending, options) in [("json", "json", []), ("csv", "csv", ["--format", "csv"])] {
      let made = try await Program.run(
        ["generate", "sales", "--output", directory, "--rows", "5000", "--files", "3"] + options, in: place)
      #expect(made.status == 0, "\(made.errors)")
      #expect(place.names(directory) == (1...3).map { "sales-0000\($0).\(ending)" })
      let run = try await Program.run(
        ["sql", "SELECT region, count(*) AS n, sum(sales_amount) AS t FROM '\(directory)/*.\(ending)' GROUP BY region"],
        in: place)
      #expect(run.status == 0, "\(run.errors)")
      answers.insert(run.lines.sorted().joined(separator: "\n"))
    }
    #expect(answers.count == 1 && answers.first != "")
  }

  @Test func variedRowsAreReadWithTheirNestedFields() async throws {
    let place = try Workplace()
    let made = try await Program.run(
      ["generate", "sales", "--output", "varied", "--rows", "5000", "--files", "1", "--varied"], in: place)
    #expect(made.status == 0, "\(made.errors)")
    let run = try await Program.run(
      ["sql", "SELECT store.city AS city, count(*) AS n FROM 'varied' GROUP BY store.city", "--stats"], in: place)
    #expect(run.errors.hasPrefix("select: 5000 rows in = 0 rejected "), "\(run.errors)")
    for city in ["Lund", "Malmö", "Saint-Étienne", "Łódź", "大阪"] { #expect(run.output.contains("\"\(city)\"")) }
  }

  @Test func variedIsForJSON() async throws {
    let run = try await Program.run(
      ["generate", "sales", "--output", "sales", "--varied", "--format", "csv"], in: try Workplace())
    #expect(run.status == 2)
    #expect(run.errors.contains("--varied is for JSON lines"))
  }
}
