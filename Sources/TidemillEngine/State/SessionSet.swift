import TidemillColumns
import TidemillPlan

/// The index of a session in a `SessionSet` and in its accumulators.
typealias SessionIndex = UInt32

/// Sessions by key: for each key a chain of intervals that do not touch, each with accumulators.
///
/// What one lane gathered in an epoch and the state of the whole query are both such sets. Touching intervals merge the moment
/// they meet, so the sessions of a set do not depend on the order in which its rows came.
final class SessionSet {
  let shape: AggregationShape
  private(set) var groups: GroupTable
  private(set) var accumulators: [Accumulator]
  /// For each key its newest session. Those of a key do not touch, so by start and by end they are in one order.
  private let heads = Buffer<SessionIndex>(capacity: 16)
  private let starts = Buffer<Int64>(capacity: 16)
  private let ends = Buffer<Int64>(capacity: 16)
  /// For each session its key; `none` for a free one.
  private let owners = Buffer<GroupIndex>(capacity: 16)
  /// For each session the next older one of its key.
  private let next = Buffer<SessionIndex>(capacity: 16)
  /// For each session the next newer one of its key.
  private let previous = Buffer<SessionIndex>(capacity: 16)
  private var free: [SessionIndex] = []
  /// Sessions that were swallowed since `settle`, each with the one that swallowed it.
  private var swallowed: [SessionIndex: SessionIndex] = [:]
  private(set) var count = 0
  private var keysInUse = 0

  static let none = SessionIndex.max

  init(_ shape: AggregationShape) {
    self.shape = shape
    groups = GroupTable(keyTypes: shape.keyTypes)
    accumulators = shape.makeAccumulators()
  }

  func start(_ session: SessionIndex) -> Int64 { starts.base[Int(session)] }
  func end(_ session: SessionIndex) -> Int64 { ends.base[Int(session)] }
  func key(_ session: SessionIndex) -> GroupIndex { owners.base[Int(session)] }

  /// Every session there is.
  var all: [SessionIndex] {
    (0..<owners.count).filter { owners.base[$0] != Self.none }.map { SessionIndex(truncatingIfNeeded: $0) }
  }

  /// The sessions of a key that touch [start, end].
  ///
  /// - Complexity: O(sessions of the key that begin after `start`).
  func touching(_ key: GroupIndex, start: Int64, end: Int64) -> [SessionIndex] {
    guard Int(key) < heads.count else { return [] }
    var result: [SessionIndex] = []
    var session = heads.base[Int(key)]
    while session != Self.none, ends.base[Int(session)] >= start {
      if starts.base[Int(session)] <= end { result.append(session) }
      session = next.base[Int(session)]
    }
    return result
  }

  /// The session of a key that ends last; `none` for a key without sessions.
  func newest(_ key: GroupIndex) -> SessionIndex { Int(key) < heads.count ? heads.base[Int(key)] : Self.none }

  /// The session of `key` that [start, end) belongs to: one that it touches, stretched, or a new one. If it touches several,
  /// one swallows the others; ask `survivor` for sessions that were given out before.
  ///
  /// - Complexity: O(sessions of the key that begin after `start`): none, for rows in time order.
  func place(_ key: GroupIndex, start: Int64, end: Int64) -> SessionIndex {
    if Int(key) >= heads.count { heads.resize(to: groups.count, filling: Self.none) }
    var newer = Self.none
    var home = heads.base[Int(key)]
    if home == Self.none { keysInUse += 1 }
    while home != Self.none, starts.base[Int(home)] > end {
      newer = home
      home = next.base[Int(home)]
    }
    guard home != Self.none, ends.base[Int(home)] >= start else {
      return add(key, start: start, end: end, after: newer, before: home)
    }
    starts.base[Int(home)] = min(starts.base[Int(home)], start)
    ends.base[Int(home)] = max(ends.base[Int(home)], end)
    // Newer ones begin after `end` and did not touch it before; older ones it may reach now.
    while true {
      let older = next.base[Int(home)]
      guard older != Self.none, ends.base[Int(older)] >= starts.base[Int(home)] else { return home }
      unlink(older)
      swallow(older, into: home)
    }
  }

  private func add(
    _ key: GroupIndex, start: Int64, end: Int64, after newer: SessionIndex, before older: SessionIndex
  ) -> SessionIndex {
    let session: SessionIndex
    if let reused = free.popLast() {
      session = reused
      starts.base[Int(session)] = start
      ends.base[Int(session)] = end
      owners.base[Int(session)] = key
    } else {
      session = SessionIndex(truncatingIfNeeded: owners.count)
      starts.append(start)
      ends.append(end)
      owners.append(key)
      next.append(Self.none)
      previous.append(Self.none)
      for accumulator in accumulators { accumulator.grow(to: owners.count) }
    }
    next.base[Int(session)] = older
    previous.base[Int(session)] = newer
    if older != Self.none { previous.base[Int(older)] = session }
    if newer == Self.none { heads.base[Int(key)] = session } else { next.base[Int(newer)] = session }
    count += 1
    return session
  }

  /// Takes a session out of the chain of its key.
  private func unlink(_ session: SessionIndex) {
    let (newer, older) = (previous.base[Int(session)], next.base[Int(session)])
    if newer == Self.none { heads.base[Int(owners.base[Int(session)])] = older } else { next.base[Int(newer)] = older }
    if older != Self.none { previous.base[Int(older)] = newer }
  }

  private func swallow(_ session: SessionIndex, into home: SessionIndex) {
    starts.base[Int(home)] = min(starts.base[Int(home)], starts.base[Int(session)])
    ends.base[Int(home)] = max(ends.base[Int(home)], ends.base[Int(session)])
    withUnsafePointer(to: session) { from in
      withUnsafePointer(to: home) { into in
        for accumulator in accumulators {
          accumulator.merge(accumulator, from: from, into: into, count: 1)
          accumulator.reset(Int(session))
        }
      }
    }
    owners.base[Int(session)] = Self.none
    swallowed[session] = home
    count -= 1
  }

  /// The session that holds now what `session` held when it was given out.
  func survivor(_ session: SessionIndex) -> SessionIndex {
    if swallowed.isEmpty { return session }
    var session = session
    while let home = swallowed[session] { session = home }
    return session
  }

  /// Lets the indices of swallowed sessions serve anew. Nobody may ask for their survivors afterwards.
  func settle() {
    for session in swallowed.keys.sorted() { free.append(session) }
    swallowed.removeAll(keepingCapacity: true)
  }

  /// Takes in rows: `sessions[i]` gets row i of the input.
  func update(_ input: AggregationInput, sessions: UnsafePointer<SessionIndex>, rows: UnsafePointer<UInt32>?, count: Int) {
    input.update(accumulators, groups: sessions, rows: rows, count: count)
  }

  /// Adds what `session` of another set holds to `home`.
  func merge(_ other: SessionSet, _ session: SessionIndex, into home: SessionIndex) {
    withUnsafePointer(to: session) { from in
      withUnsafePointer(to: home) { into in
        for (mine, theirs) in zip(accumulators, other.accumulators) {
          mine.merge(theirs, from: from, into: into, count: 1)
        }
      }
    }
  }

  /// Frees a session. Its key goes at the next `compact`, if it has no other.
  func remove(_ session: SessionIndex) {
    let key = owners.base[Int(session)]
    unlink(session)
    if heads.base[Int(key)] == Self.none { keysInUse -= 1 }
    owners.base[Int(session)] = Self.none
    for accumulator in accumulators { accumulator.reset(Int(session)) }
    free.append(session)
    count -= 1
  }

  /// Forgets keys without sessions once they are the greater part.
  func compact() {
    guard groups.count > 1024, keysInUse * 2 < groups.count else { return }
    let (table, indices) = groups.compacted(types: shape.keyTypes) {
      $0 < self.heads.count && self.heads.base[$0] != Self.none
    }
    let old = heads.elements
    groups = table
    heads.count = 0
    heads.resize(to: table.count, filling: Self.none)
    for (key, new) in indices.enumerated() where new != GroupTable.absent { heads.base[Int(new)] = old[key] }
    for session in 0..<owners.count where owners.base[session] != Self.none {
      owners.base[session] = indices[Int(owners.base[session])]
    }
  }

  /// The results of sessions.
  func results(_ sessions: [SessionIndex]) throws -> Batch {
    let chosen = Buffer(sessions)
    let keys = Buffer(sessions.map { owners.base[Int($0)] })
    let window = Column(
      type: .window, count: sessions.count,
      values: .window(
        start: Buffer(sessions.map { starts.base[Int($0)] }), end: Buffer(sessions.map { ends.base[Int($0)] })))
    return try shape.batch(
      keys: groups.keyColumns(keys.base, count: sessions.count, types: shape.keyTypes), window: window,
      accumulators: accumulators, groups: chosen.base, count: sessions.count)
  }

  var memoryUsed: Int {
    accumulators.reduce(
      groups.memoryUsed + heads.bytes + starts.bytes + ends.bytes + owners.bytes + next.bytes * 2 + free.count * 4
    ) { $0 + $1.memoryUsed }
  }

  func write(to writer: inout ByteWriter) {
    precondition(swallowed.isEmpty, "a snapshot is taken between epochs")
    groups.write(to: &writer)
    writer.write(heads)
    writer.write(starts)
    writer.write(ends)
    writer.write(owners)
    writer.write(next)
    for accumulator in accumulators { accumulator.write(to: &writer) }
  }

  func read(from reader: inout ByteReader) throws {
    groups = try GroupTable(keyTypes: shape.keyTypes, reading: &reader)
    let storedHeads: Buffer<SessionIndex> = try reader.readBuffer()
    heads.append(contentsOf: storedHeads.base, count: storedHeads.count)
    let storedStarts: Buffer<Int64> = try reader.readBuffer()
    let sessions = storedStarts.count
    starts.append(contentsOf: storedStarts.base, count: sessions)
    try ends.restore(&reader, count: sessions)
    try owners.restore(&reader, count: sessions)
    try next.restore(&reader, count: sessions)
    previous.resize(to: sessions, filling: Self.none)
    guard heads.count <= groups.count else { throw CorruptBytes("\(heads.count) keys of sessions, \(groups.count) known") }
    heads.resize(to: groups.count, filling: Self.none)
    for session in 0..<sessions {
      if owners.base[session] == Self.none { free.append(SessionIndex(session)) } else { count += 1 }
    }
    try checkChains()
    for accumulator in accumulators { try accumulator.read(from: &reader, groups: sessions) }
  }

  /// Checks, of state that was read, that each session is in the chain of its key, and in that one only.
  private func checkChains() throws {
    var found = 0
    for key in 0..<heads.count where heads.base[key] != Self.none {
      keysInUse += 1
      var session = heads.base[key]
      var newer = Self.none
      while session != Self.none {
        found += 1
        guard Int(session) < owners.count, Int(owners.base[Int(session)]) == key, found <= count else {
          throw CorruptBytes("a session in the chain of another key")
        }
        guard starts.base[Int(session)] <= ends.base[Int(session)] else {
          throw CorruptBytes("a session that ends before it begins")
        }
        guard newer == Self.none || starts.base[Int(newer)] > ends.base[Int(session)] else {
          throw CorruptBytes("sessions of a key that touch, or are out of order")
        }
        previous.base[Int(session)] = newer
        newer = session
        session = next.base[Int(session)]
      }
    }
    guard found == count else { throw CorruptBytes("\(count) sessions, and keys of \(found)") }
  }
}
