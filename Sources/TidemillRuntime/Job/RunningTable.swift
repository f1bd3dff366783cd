import TidemillColumns
import TidemillConnectors
import TidemillEngine

/// A static table while its job runs.
struct RunningTable {
  let input: TableInput
  /// What epochs join; `nil` before it was read.
  var content: Content?
  /// What the source said of itself when `content` was read; `nil` after a recovery, and before.
  var version: TableVersion?
  /// When the source was last looked at, by the steady clock.
  var lastLook: EventTime?
  var loads = 0
  /// Why a change is not used.
  var problem: String?
  /// The version that could not be used, and when it is to be tried once more: reading a large table in vain takes its time, too.
  var refused: (version: TableVersion, until: EventTime)?
  /// How many attempts have failed since one succeeded.
  private var failures = 0

  /// The rows of a table at one time.
  struct Content: Sendable {
    /// The number of its copy in the checkpoint.
    var number: UInt64
    var rows: Batch
  }

  init(_ input: TableInput) { self.input = input }

  /// Takes note of an attempt that failed; each puts off the next one for twice as long, a minute at most.
  ///
  /// - Parameter version: what could not be used, if it came that far.
  mutating func fail(_ problem: String, of version: TableVersion?, at now: EventTime) {
    lastLook = now
    failures = min(failures + 1, 6)
    self.problem = problem
    let pause = min((input.refresh ?? .zero).microseconds << failures, TimeSpan.minutes(1).microseconds)
    refused = version.map { ($0, now + TimeSpan(microseconds: pause)) }
  }

  /// Takes note of a look that found a version that can be used.
  mutating func succeed(at now: EventTime) {
    lastLook = now
    failures = 0
    problem = nil
    refused = nil
  }

  /// Whether the source is to be looked at.
  func isDue(at now: EventTime) -> Bool {
    guard let lastLook else { return true }
    return input.refresh.map { now >= lastLook + $0 } ?? false
  }
}

/// All tables of a job as an epoch joins them; nothing changes in it.
struct JoinedTables: Sendable {
  /// The number of each table's copy.
  var numbers: [UInt64] = []
  /// By stream and query.
  var sides: [[JoinSides]] = []
  var memoryUsed = 0

  static let none = JoinedTables()
}
