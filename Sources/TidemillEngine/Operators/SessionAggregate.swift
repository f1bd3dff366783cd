import TidemillColumns
import TidemillPlan

/// The state of an aggregation by sessions, or by keys with a time-to-live: the same sessions, whose windows nobody sees.
final class SessionAggregate {
  private let shape: AggregationShape
  private let gives: ResultKinds
  /// Whether update mode takes back the old result of a changed session. Always needed where the window shows, since a session
  /// that grows has another window.
  private let emitsRetractions: Bool
  private let followsWatermark: Bool
  let state: SessionSet
  private var deadlines = SessionDeadlines()
  private(set) var closedThrough = Int64.min
  private var metricsOfEpoch = OperatorMetrics()

  init(_ shape: AggregationShape, gives: ResultKinds, emitsRetractions: Bool, followsWatermark: Bool) {
    self.shape = shape
    self.gives = gives
    self.emitsRetractions = emitsRetractions || shape.showsWindow
    self.followsWatermark = followsWatermark
    state = SessionSet(shape)
  }

  /// Brings what the lanes gathered in an epoch into the state; gives the changes of the result.
  func apply(_ gathered: [SessionSet], _ moment: Moment) throws -> EpochResults {
    metricsOfEpoch = OperatorMetrics()
    var changes: [Batch] = []
    var others: [Batch] = []
    let keys = gathered.map { set in
      let known = Buffer<GroupIndex>(repeating: 0, count: set.groups.count)
      state.groups.assign(groupsOf: set.groups, into: known.base)
      return known
    }
    if gives.changes, emitsRetractions { changes.append(try oldResults(gathered, keys).weighted(-1)) }
    var touched: [SessionIndex] = []
    for (set, keys) in zip(gathered, keys) {
      for session in set.all {
        let home = state.place(
          keys.base[Int(set.key(session))], start: set.start(session), end: set.end(session))
        state.merge(set, session, into: home)
        touched.append(home)
      }
    }
    let survivors = Set(touched.map { state.survivor($0) })
    state.settle()
    metricsOfEpoch.rowsUpdated = survivors.count
    if closesByWatermark { for session in survivors { deadlines.schedule(session, end: state.end(session)) } }
    if gives.changes { changes.append(try state.results(visible(survivors)).weighted(1)) }
    if gives.everything {
      if moment.showsEverything { others.append(try state.results(visible(Set(state.all)))) }
    } else {
      try close(moment, &others)
    }
    metricsOfEpoch.name = "sessions"
    metricsOfEpoch.rowsTotal = state.count
    metricsOfEpoch.memoryUsed = state.memoryUsed + deadlines.memoryUsed
    metricsOfEpoch.openWindows = state.count
    if followsWatermark { metricsOfEpoch.nextClose = deadlines.earliest.map { EventTime(microseconds: $0 &+ 1) } }
    return EpochResults(
      changes: gives.changes ? Batch.concatenating(changes, schema: shape.outputSchema) : nil,
      others: gives.finals || gives.everything ? Batch.concatenating(others, schema: shape.outputSchema) : nil)
  }

  var metrics: OperatorMetrics { metricsOfEpoch }

  /// Complete mode closes nothing, and another time than the stream's has no watermark.
  private var closesByWatermark: Bool { followsWatermark && !gives.everything }

  /// The sessions whose results show: all of them, or with a time-to-live the newest of each key.
  private func visible(_ sessions: Set<SessionIndex>) -> [SessionIndex] {
    if shape.showsWindow { return sessions.sorted() }
    return Set(sessions.map { state.newest(state.key($0)) }).sorted()
  }

  /// What was last said of the sessions that the epoch touches. Only those that an incoming session touches itself can change:
  /// the sessions of a set do not touch each other.
  private func oldResults(_ gathered: [SessionSet], _ keys: [Buffer<GroupIndex>]) throws -> Batch {
    var old: Set<SessionIndex> = []
    for (set, keys) in zip(gathered, keys) {
      for session in set.all {
        let key = keys.base[Int(set.key(session))]
        if shape.showsWindow {
          old.formUnion(state.touching(key, start: set.start(session), end: set.end(session)))
        } else if state.newest(key) != SessionSet.none {
          old.insert(state.newest(key))
        }
      }
    }
    return try state.results(old.sorted())
  }

  private func close(_ moment: Moment, _ output: inout [Batch]) throws {
    guard closesByWatermark || moment.isFinal else { return }
    let closing =
      moment.isFinal
      ? state.all.sorted { state.end($0) < state.end($1) }
      : deadlines.popClosing(of: state) { moment.closes(sessionEnd: $0) }
    guard !closing.isEmpty else { return }
    if gives.finals { output.append(try state.results(closing)) }
    if moment.isFinal { closedThrough = closing.map { state.end($0) &+ 1 }.max()! }
    for session in closing { state.remove(session) }
    metricsOfEpoch.rowsRemoved += closing.count
    state.compact()
  }

  func write(to writer: inout ByteWriter) { state.write(to: &writer) }

  func read(from reader: inout ByteReader) throws {
    try state.read(from: &reader)
    if closesByWatermark { for session in state.all { deadlines.schedule(session, end: state.end(session)) } }
  }
}
