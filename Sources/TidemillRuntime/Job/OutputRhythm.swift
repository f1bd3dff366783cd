import TidemillColumns

/// When an output gets its changes, and what it last got.
///
/// Only the clock that epochs record counts. What was decided is recorded with them, so that a replay decides nothing anew.
struct OutputRhythm {
  /// In how long a time it gets changes at most once; `nil`: each epoch.
  let every: TimeSpan?
  /// The clock of the epoch that last gave it any.
  var lastGiven: EventTime?
  /// Whether changes are held back.
  var isHolding = false
  var heldRows = 0

  init(every: TimeSpan?) { self.every = every }

  /// Whether an epoch at this time holds changes back.
  func holds(at now: EventTime) -> Bool {
    guard let every, let lastGiven else { return false }
    // A clock that was set back must not hold them for as long as it went back.
    return now < min(lastGiven, now) + every
  }

  /// When an epoch is due although there is no input; `nil` if nothing is held.
  func due(at now: EventTime) -> EventTime? {
    guard isHolding else { return nil }
    guard let every, let lastGiven else { return now }
    // An epoch must take note that the clock was set back.
    return now < lastGiven ? now : lastGiven + every
  }

  /// Takes note of an epoch.
  ///
  /// - Parameter hasGiven: whether it gave the output anything.
  mutating func finish(clock: EventTime, hasGiven: Bool, heldRows: Int, isHolding: Bool) {
    lastGiven = hasGiven ? clock : lastGiven.map { min($0, clock) }
    self.heldRows = heldRows
    self.isHolding = isHolding
  }
}
