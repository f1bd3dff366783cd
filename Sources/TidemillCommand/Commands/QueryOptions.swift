import ArgumentParser
import Tidemill

extension OutputMode: ExpressibleByArgument {}
extension ConsoleFormat: ExpressibleByArgument {}

/// A command that runs queries.
protocol QueryCommand: ParsableCommand {
  func runQuery() async -> ExitStatus
}

/// The options that `run` and `sql` share.
struct QueryOptions: ParsableArguments {
  @Flag(
    name: .long,
    help: "What is there is all there is: process it, close every window, end. `sql` does so unless told otherwise.")
  var once = false

  @Flag(name: .long, help: "Go on as files appear and grow, until Ctrl-C. `run` does so unless told otherwise.")
  var follow = false

  @Option(
    name: .long, help: ArgumentHelp("Keep the state here, so that the same command goes on after a crash.", valueName: "dir"))
  var checkpoint: String?

  @Option(
    name: .long,
    help: "Give each result once, when it is final (append); those that changed (update); or everything (complete).")
  var outputMode: OutputMode?

  @Option(
    name: .long,
    help: ArgumentHelp(
      "When epochs run: asap, an interval such as '10 seconds', available-now (process what is there, keep open windows in "
        + "the checkpoint) or once (as --once).", valueName: "when"))
  var trigger: TriggerOption?

  @Option(
    name: .long,
    help: "How a SELECT without INSERT INTO is shown; on a terminal as a table, else as JSON lines.")
  var format: ConsoleFormat?

  @Option(
    name: .customLong("set"), parsing: .singleValue,
    help: ArgumentHelp("A setting, as SET does in a script; may be given again.", valueName: "name=value"))
  var settings: [SettingOption] = []

  @Option(
    name: .long,
    help: ArgumentHelp(
      "Stop, the state safe, when it holds more than this; 80 % of the machine's memory if not given.", valueName: "size"))
  var memory: MemoryOption?

  @Option(name: .long, help: "Threads that read and aggregate; one per core if not given.")
  var lanes: Int?

  @Flag(name: .long, help: "Print on standard error, at the end, what became of all rows, and how long it took.")
  var stats = false

  @Flag(name: .long, help: "Exit with code 4 when rows were late or rejected.")
  var strict = false

  @Option(
    name: .long,
    help: ArgumentHelp("Append one JSON line per epoch and query here; - is standard error.", valueName: "file"))
  var progress: String?

  @Flag(name: .long, help: "No warnings and no status line.")
  var quiet = false

  func validate() throws {
    if once && follow { throw ValidationError("--once and --follow exclude each other.") }
    switch trigger?.value {
    case nil: break
    case .once:
      if follow { throw ValidationError("--trigger once and --follow exclude each other.") }
    case .availableNow:
      if follow { throw ValidationError("--trigger available-now and --follow exclude each other.") }
      if once {
        throw ValidationError("--trigger available-now keeps windows open, and --once closes them: give one of the two.")
      }
    case .asap, .interval:
      if once { throw ValidationError("--trigger \(trigger!.text) goes on and --once ends: give one of the two.") }
    }
    if let lanes, !(1...256).contains(lanes) { throw ValidationError("--lanes takes a number from 1 to 256.") }
  }

  /// When epochs run, given what the command does by itself.
  func trigger(default usual: Trigger) -> Trigger {
    if once { return .once }
    return trigger?.value ?? (follow ? .asap : usual)
  }
}

/// `--trigger`.
struct TriggerOption: ExpressibleByArgument, Sendable {
  var text: String
  var value: Trigger

  init?(argument: String) {
    text = argument
    switch argument.lowercased() {
    case "asap": value = .asap
    case "once": value = .once
    case "available-now", "availablenow": value = .availableNow
    default:
      guard let span = TimeSpan(parsing: argument), span > .zero else { return nil }
      value = .interval(span)
    }
  }
}

/// `--set name=value`.
struct SettingOption: ExpressibleByArgument, Sendable {
  var name: String
  var value: String

  init?(argument: String) {
    guard let sign = argument.firstIndex(of: "="), sign > argument.startIndex else { return nil }
    name = String(argument[..<sign])
    value = String(argument[argument.index(after: sign)...])
  }
}

/// `--memory 2GB`.
struct MemoryOption: ExpressibleByArgument, Sendable {
  var bytes: Int

  init?(argument: String) {
    guard let size = ByteSize(parsing: argument), size.bytes > 0 else { return nil }
    bytes = size.bytes
  }
}
