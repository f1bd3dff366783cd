/// `tidemill-microbench`: what single steps of a query cost, each on events in memory and in one thread.
///
///     tidemill-microbench [--quick] [--rows N] [--passes N] [--case NAME]… [--list]
///
/// Every case prints its rows, the nanoseconds a row and rows a second of its fastest pass, how many rows came out, and a hash
/// of them that depends neither on their order nor on the machine.
@main
struct Microbench {
  private var rows = 1_000_000
  private var passes = 5
  private var names: [String] = []

  static func main() {
    do {
      guard let run = try Microbench(Array(CommandLine.arguments.dropFirst())) else { return }
      try run.run()
    } catch {
      writeError("error: \(error)\n")
      exit(error is UsageError ? 2 : 1)
    }
  }

  /// `nil` when the arguments ask for the list of cases only, which is then printed.
  private init?(_ arguments: [String]) throws {
    var rest = arguments[...]
    func number(_ option: String) throws -> Int {
      guard let text = rest.popFirst(), let value = Int(text), value > 0 else {
        throw UsageError("\(option) takes a number from 1 on")
      }
      return value
    }
    while let option = rest.popFirst() {
      switch option {
      case "--quick":
        rows = 20_000
        passes = 1
      case "--rows": rows = try number(option)
      case "--passes": passes = try number(option)
      case "--case":
        guard let name = rest.popFirst(), BenchmarkCase.all.contains(where: { $0.name == name }) else {
          throw UsageError("--case takes one of \(BenchmarkCase.all.map(\.name).joined(separator: ", "))")
        }
        names.append(name)
      case "--list":
        for known in BenchmarkCase.all { print("\(padded(known.name, 18))\(known.what)") }
        return nil
      default: throw UsageError("there is no option \(option)")
      }
    }
  }

  private func run() throws {
    print(padded("case", 18) + [("rows", 10), ("ns/row", 9), ("rows/s", 13), ("results", 10)].map(aligned).joined() + "  hash")
    for benchmark in BenchmarkCase.all where names.isEmpty || names.contains(benchmark.name) {
      let pass = try benchmark.prepare(rows)
      var fastest = Duration.seconds(Int64.max)
      var outcome = Outcome.batches([])
      for _ in 0..<passes {
        let began = ContinuousClock.now
        outcome = try pass.run()
        fastest = min(fastest, ContinuousClock.now - began)
      }
      // Only the last pass is hashed, so that passes differ by nothing but the work that is measured.
      let digest = outcome.digest()
      let nanoseconds = Double(fastest.components.attoseconds) / 1e9 + Double(fastest.components.seconds) * 1e9
      print(
        padded(benchmark.name, 18)
          + [
            ("\(pass.rows)", 10), (tenths(nanoseconds / Double(pass.rows)), 9),
            ("\(Int(Double(pass.rows) / nanoseconds * 1e9))", 13), ("\(digest.rows)", 10),
          ].map(aligned).joined() + "  " + String(digest.hash, radix: 16))
    }
  }
}

/// Arguments that make no sense.
private struct UsageError: Error, CustomStringConvertible {
  let description: String

  init(_ description: String) { self.description = description }
}
