/// One step of a query that is measured on its own.
struct BenchmarkCase: Sendable {
  let name: String
  let what: String
  /// Makes the events for about so many rows, which is not measured, and what is done with them.
  let prepare: @Sendable (_ rows: Int) throws -> any Pass

  static let all = readCases + queryCases + writeCases
}

/// What is measured: the same work every time, from nothing.
protocol Pass {
  /// How many rows go in.
  var rows: Int { get }

  func run() throws -> Outcome
}
