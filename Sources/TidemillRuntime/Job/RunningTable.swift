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

  /// The rows of a table at one time.
  struct Content: Sendable {
    /// The number of its copy in the checkpoint.
    var number: UInt64
    var rows: Batch
  }

  init(_ input: TableInput) { self.input = input }

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
