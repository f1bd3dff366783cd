import ProcessTesting
import Testing

/// The micro-benchmarks run, and what they measure gives the right rows. How long they take is nobody's business here.
@Suite struct MicrobenchTests {
  /// By case: rows in, rows out, and the hash of those. Changes of the generated events or of what a query gives change them.
  private static let expected = """
    read-json 20000 20000 5a2a6eec89f8ed0c
    read-json-varied 20000 20000 bee98372e963fbc2
    read-csv 20000 20000 5a2a6eec89f8ed0c
    group-low 20000 1522 7a823c8db173a8d5
    group-high 20000 19853 cf5bca94c4d302ed
    tumble-low 20000 6092 9bd15b2e5a72d5a
    tumble-high 20000 19972 ed6fbe87ee77a3e0
    tumble-update 20000 6151 3d47ac40db3c1f96
    slide 20000 73707 8c13c71775c898e8
    slide-emit 20000 239650 cdbc9f7e8bc41ff2
    top 20000 144 65fed6061cbe9c3b
    sessions 20000 5405 7283441f5d263b9d
    write-json 19972 19972 ed6fbe87ee77a3e0
    write-csv 19972 19972 485b4743061454b2
    """

  private func run(_ arguments: [String]) async throws -> RunningProgram.Outcome {
    try await RunningProgram.run(BuiltProgram.microbench, arguments)
  }

  @Test func everyCaseGivesTheRowsItAlwaysGave() async throws {
    let program = try await run(["--quick"])
    #expect(program.status == 0, "\(program.errors)")
    let lines = program.output.split(separator: "\n").map { $0.split(separator: " ").map(String.init) }
    #expect(lines.first == ["case", "rows", "ns/row", "rows/s", "results", "hash"])
    let actual = lines.dropFirst().map { [$0[0], $0[1], $0[4], $0[5]].joined(separator: " ") }.joined(separator: "\n")
    #expect(actual == Self.expected)
  }

  @Test func oneCaseRunsAsOftenAndAsLargeAsAskedFor() async throws {
    let program = try await run(["--case", "read-csv", "--rows", "1000", "--passes", "2"])
    let lines = program.output.split(separator: "\n")
    #expect(lines.count == 2, "\(program.output) \(program.errors)")
    #expect(lines.last?.hasPrefix("read-csv") == true && lines.last?.contains(" 1000 ") == true)
  }

  @Test func listNamesTheCasesWithoutRunningThem() async throws {
    let program = try await run(["--list"])
    #expect(program.output.split(separator: "\n").count == Self.expected.split(separator: "\n").count)
  }

  @Test(arguments: [["--case", "none"], ["--rows", "0"], ["--passes"], ["--other"]])
  func argumentsThatMakeNoSenseAreRefused(arguments: [String]) async throws {
    let program = try await run(arguments)
    #expect(program.status == 2)
    #expect(program.errors.hasPrefix("error: \(arguments[0] == "--other" ? "there is no option" : arguments[0])"))
  }
}
