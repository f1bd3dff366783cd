import HeapModule
import TidemillColumns
import TidemillPlan

/// The state of an aggregation by sessions, or by keys with a time-to-live: the same sessions, whose windows nobody sees.
final class SessionAggregate {
  private let shape: AggregationShape
  private let mode: OutputMode
  /// Whether update mode takes back the old result of a changed session. Always needed where the window shows, since a session
  /// that grows has another window.
  private let emitsRetractions: Bool
  private let followsWatermark: Bool
  private let state: SessionSet
  /// Sessions by their ends; an entry is stale when its session has grown or gone.
  private var deadlines = Heap<Deadline>()
  private(set) var closedThrough = Int64.min
  private var metricsOfEpoch = OperatorMetrics()

  private struct Deadline: Comparable {
    let end: Int64
    let session: SessionIndex

    static func < (left: Deadline, right: Deadline) -> Bool { (left.end, left.session) < (right.end, right.session) }
  }

  init(_ shape: AggregationShape, mode: OutputMode, emitsRetractions: Bool, followsWatermark: Bool) {
    self.shape = shape
    self.mode = mode
    self.emitsRetractions = emitsRetractions || shape.showsWindow
    self.followsWatermark = followsWatermark
    state = SessionSet(shape)
  }

  /// Brings what the lanes gathered in an epoch into the state; gives the changes of the result.
  func apply(_ gathered: [SessionSet], _ moment: Moment) throws -> Batch {
    metricsOfEpoch = OperatorMetrics()
    var output: [Batch] = []
    let keys = gathered.map { set in
      let known = Buffer<GroupIndex>(repeating: 0, count: set.groups.count)
      state.groups.assign(groupsOf: set.groups, into: known.base)
      return known
    }
    if mode == .update, emitsRetractions { output.append(try oldResults(gathered, keys).weighted(-1)) }
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
    for session in survivors { deadlines.insert(Deadline(end: state.end(session), session: session)) }
    if mode == .update { output.append(try state.results(visible(survivors)).weighted(1)) }
    if mode == .complete {
      output.append(try state.results(visible(Set(state.all))))
    } else {
      try close(moment, &output)
    }
    metricsOfEpoch.name = "sessions"
    metricsOfEpoch.rowsTotal = state.count
    metricsOfEpoch.memoryUsed = state.memoryUsed
    metricsOfEpoch.openWindows = state.count
    if followsWatermark { metricsOfEpoch.nextClose = deadlines.min.map { EventTime(microseconds: $0.end &+ 1) } }
    return Batch.concatenating(output, schema: shape.outputSchema)
  }

  var metrics: OperatorMetrics { metricsOfEpoch }

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
        } else if state.hasSessions(key) {
          old.insert(state.newest(key))
        }
      }
    }
    return try state.results(old.sorted())
  }

  private func close(_ moment: Moment, _ output: inout [Batch]) throws {
    guard followsWatermark || moment.isFinal else { return }
    var closing: [SessionIndex] = []
    while let first = deadlines.min, moment.closes(sessionEnd: first.end) {
      deadlines.removeMin()
      if state.isOpen(first.session, endingAt: first.end), closing.last != first.session { closing.append(first.session) }
    }
    guard !closing.isEmpty else { return }
    if mode == .append { output.append(try state.results(closing)) }
    if moment.isFinal { closedThrough = closing.map { state.end($0) &+ 1 }.max()! }
    for session in closing { state.remove(session) }
    metricsOfEpoch.rowsRemoved += closing.count
    state.compact()
  }

  func write(to writer: inout ByteWriter) { state.write(to: &writer) }

  func read(from reader: inout ByteReader) throws {
    try state.read(from: &reader)
    for session in state.all { deadlines.insert(Deadline(end: state.end(session), session: session)) }
  }
}

extension SessionSet {
  func hasSessions(_ key: GroupIndex) -> Bool { !touching(key, start: .min, end: .max).isEmpty }

  /// Whether a deadline still speaks of this session.
  func isOpen(_ session: SessionIndex, endingAt end: Int64) -> Bool {
    key(session) != Self.none && self.end(session) == end
  }
}
