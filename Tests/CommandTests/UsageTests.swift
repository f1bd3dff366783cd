import Testing

@Suite struct UsageTests {
  @Test func helpShowsExamplesAndExitCodes() async throws {
    let place = try Workplace()
    for arguments in [["--help"], ["run", "--help"], ["sql", "--help"], ["generate", "sales", "--help"]] {
      let run = try await Program.run(arguments, in: place)
      #expect(run.status == 0)
      #expect(run.errors == "")
      #expect(run.output.contains("  tidemill \(arguments[0] == "--help" ? "sql" : arguments[0])"))
      #expect(run.output.contains("USAGE: tidemill"))
      // Examples are to be copied: ArgumentParser must not have broken them.
      #expect(!run.output.split(separator: "\n").contains { $0.utf8.count > 80 })
      #expect(!run.output.split(separator: "\n").contains { $0.hasSuffix("--rate") || $0.hasSuffix("FROM") })
    }
    #expect(try await Program.run(["run", "-h"], in: place).output.contains("3 the checkpoint is locked"))
  }

  /// A command that stands first is parsed by itself, one behind `help` is not: that makes no difference to be seen.
  @Test(arguments: ["run", "serve", "sql", "generate", "vacuum", "top"])
  func aCommandsHelpIsTheSameEitherWay(command: String) async throws {
    let place = try Workplace()
    let run = try await Program.run([command, "--help"], in: place)
    #expect(run.status == 0 && run.output.contains("USAGE: tidemill \(command)"))
    #expect(try await Program.run(["help", command], in: place).output == run.output)
    let wrong = try await Program.run([command, "--no-such-option"], in: place)
    #expect(wrong.status == 2 && wrong.errors.contains("Usage: tidemill \(command) "))
  }

  #if os(Linux)
    @Test func aStartWaitsForNoLibraryThatMostRunsDoNotUse() async throws {
      // The dynamic linker lists what it would load, and ends.
      let listed = try await Program.run([], in: try Workplace(), environment: ["LD_TRACE_LOADED_OBJECTS": "1"])
      #expect(listed.output.contains("libc.so"))
      for library in ["libpq", "librdkafka", "libarrow", "libTidemillArrow"] { #expect(!listed.output.contains(library)) }
    }
  #endif

  #if os(Linux) && Postgres && Kafka
    @Test(arguments: [
      ("libpq.so.5", "postgres OPTIONS (url 'postgresql://ada@127.0.0.1:1/sales', table 'totals')", "libpq5"),
      ("librdkafka.so.1", "kafka OPTIONS (kafka.bootstrap.servers '127.0.0.1:1', topic 'totals')", "librdkafka1"),
    ])
    func aLibraryThatIsMissingIsNamedWithWhatToInstall(library: String, sink: String, package: String) async throws {
      let place = try Workplace()
      // The one that is found first is none.
      try place.write("lib/\(library)", "")
      try place.write("in/1.json", "{\"k\":1}\n")
      try place.write(
        "q.sql",
        "CREATE STREAM s (k INT) USING json OPTIONS (path 'in'); CREATE SINK t USING \(sink); INSERT INTO t SELECT k FROM s;")
      let run = try await Program.run(
        ["run", "q.sql", "--once", "--checkpoint", "state"], in: place, environment: ["LD_LIBRARY_PATH": place("lib")])
      #expect(run.status == 2, "\(run.errors)")
      #expect(run.errors.contains("cannot be loaded: ") && run.errors.contains(library) && run.errors.contains(package))
    }
  #endif

  @Test(arguments: [
    // Two sinks in one directory, however it is written.
    (
      """
      CREATE SINK a USING json OPTIONS (path 'out');
      CREATE SINK b USING csv OPTIONS (path './x/../out/');
      INSERT INTO a SELECT k, COUNT(*) AS n FROM s GROUP BY k;
      INSERT INTO b SELECT v, COUNT(*) AS n FROM s GROUP BY v;
      """, "both write to"
    ),
    // A query that would read its own results.
    ("CREATE SINK a USING json OPTIONS (path 'in'); INSERT INTO a SELECT k, v FROM s;", "reads what is there"),
    (
      """
      CREATE STREAM t (k STRING, v INT) USING delta OPTIONS (path './lake/t');
      CREATE SINK a USING delta OPTIONS (path 'lake/t', mode 'append'); INSERT INTO a SELECT k, v FROM t;
      """, "reads what is there"
    ),
    ("SET bogus = 1;\nSELECT k, COUNT(*) FROM s GROUP BY k;", "SET bogus = 1;\n  |     ^^^^^"),
    ("CREATE SINK a USING json OPTIONS (path 'out', mode 'bogus'); INSERT INTO a SELECT k FROM s;", "no output mode 'bogus'"),
  ])
  func scriptsThatWouldLoseOrRepeatRowsAreRefused(script: String, message: String) async throws {
    let place = try Workplace()
    try place.write("in/1.json", "{\"k\":\"a\",\"v\":1}\n")
    try place.write("q.sql", "CREATE STREAM s (k STRING, v INT) USING json OPTIONS (path 'in');\n\(script)")
    let run = try await Program.run(["run", "q.sql", "--once"], in: place)
    #expect(run.status == 2)
    #expect(run.errors.contains(message), "\(run.errors)")
    #expect(place.names("in") == ["1.json"])
    #expect(place.names("out") == [])
  }

  @Test func theVersionIsANumber() async throws {
    let run = try await Program.run(["--version"], in: try Workplace())
    #expect(run.status == 0)
    #expect(run.output.split(separator: ".").count == 3)
  }

  @Test(arguments: [
    ["run"], ["frobnicate"], ["run", "x.sql", "--format", "xml"], ["run", "x.sql", "--output-mode", "all"],
    ["run", "x.sql", "--once", "--follow"], ["run", "x.sql", "--once", "--trigger", "10 seconds"],
    ["run", "x.sql", "--follow", "--trigger", "available-now"], ["run", "x.sql", "--once", "--trigger", "available-now"],
    ["run", "x.sql", "--trigger", "soon"], ["run", "x.sql", "--memory", "much"], ["run", "x.sql", "--set", "lanes"],
    ["run", "x.sql", "--lanes", "0"], ["generate", "sales"], ["generate", "sales", "--output", "d", "--late", "2"],
  ])
  func aWrongCommandLineEndsWithCodeTwo(_ arguments: [String]) async throws {
    let run = try await Program.run(arguments, in: try Workplace())
    #expect(run.status == 2)
    #expect(run.output == "")
    #expect(run.errors.contains("Error: ") || run.errors.contains("error: "))
    #expect(run.errors.contains("tidemill"))
  }

  @Test func optionsThatExcludeEachOtherAreNamed() async throws {
    let run = try await Program.run(["run", "x.sql", "--once", "--follow"], in: try Workplace())
    #expect(run.errors.hasPrefix("Error: --once and --follow exclude each other.\n"))
  }

  @Test func aMissingScriptIsNamed() async throws {
    let run = try await Program.run(["run", "nowhere.sql"], in: try Workplace())
    #expect(run.status == 2)
    #expect(run.errors == "error: cannot read 'nowhere.sql': No such file or directory\n")
  }

  @Test func wrongSQLIsShownWithACaret() async throws {
    let place = try Sales.workplace()
    let run = try await Program.run(["sql", "SELECT produkt_id, count(*) FROM 'sales' GROUP BY product_id"], in: place)
    #expect(run.status == 2)
    #expect(
      run.errors == """
        error: there is no column `produkt_id`
         --> query:1:8
          |
        1 | SELECT produkt_id, count(*) FROM 'sales' GROUP BY product_id
          |        ^^^^^^^^^^
        hint: did you mean `product_id`?

        """)
    #expect(run.output == "")
  }

  @Test func anErrorInAScriptNamesFileLineAndColumn() async throws {
    let place = try Sales.workplace()
    try place.write("bad.sql", Sales.stream + "SELECT product_id\nFRUM sales;\n")
    let run = try await Program.run(["run", "bad.sql"], in: place)
    #expect(run.status == 2)
    #expect(run.errors.contains(" --> bad.sql:5:1\n"), "\(run.errors)")
    #expect(run.errors.contains("5 | FRUM sales;\n  | ^^^^\nhint: did you mean FROM?"), "\(run.errors)")
  }

  @Test func aSettingThatMeansNothingIsRefused() async throws {
    let place = try Sales.workplace()
    let run = try await Program.run(["sql", "SELECT count(*) AS n FROM 'sales'", "--set", "lames=2"], in: place)
    #expect(run.status == 2)
    #expect(run.errors.hasPrefix("error: there is no setting 'lames'\nhint: the settings are compatibility, "))
  }

  @Test func inputThatIsNotThereIsAFailure() async throws {
    let run = try await Program.run(["sql", "SELECT count(*) AS n FROM 'nowhere'"], in: try Workplace())
    #expect(run.status == 1)
    #expect(run.errors.contains("there is no file or directory nowhere"))
  }
}
