/// What the command line says.
struct Options {
  var seconds = 10
  /// Events a second.
  var rate = 100_000
  /// How often rows are pushed, in microseconds.
  var interval = 1000
  var directory: String?
  var isJSON = false

  static let help = """
    tidemill-latency: how long it takes from the push of an event to the result that counts it, with a durable checkpoint.

      --seconds <n>      how long to measure, after a second of warming up (10)
      --rate <n>         events a second (100000)
      --interval <n>     microseconds between pushes (1000)
      --directory <dir>  where the checkpoint goes, on the disk to be measured; must not be there yet (./latency-checkpoint)
      --json             print one line of JSON, times in milliseconds
    """

  struct Mistake: Error { var text: String }

  init(_ arguments: [String]) throws {
    var rest = arguments[...]
    while let name = rest.popFirst() {
      if name == "--json" {
        isJSON = true
        continue
      }
      guard let value = rest.popFirst() else { throw Mistake(text: "\(name) needs a value") }
      func number() throws -> Int {
        guard let number = Int(value), number > 0 else { throw Mistake(text: "\(name) takes a number, not \(value)") }
        return number
      }
      switch name {
      case "--seconds": seconds = try number()
      case "--rate": rate = try number()
      case "--interval": interval = try number()
      case "--directory": directory = value
      default: throw Mistake(text: "\(name) is no option")
      }
    }
  }

  /// How many rows one push has.
  var rowsPerPush: Int { max(1, rate * interval / 1_000_000) }
}
