import Synchronization
import TidemillColumns
import TidemillFiles
import TidemillConnectors

/// Input that outlives a simulated process: what arrived can be read again, as files can, until it is released.
///
/// Every process reads it with a `source` of its own. Each call of `tasks` cuts a slice in other places, as the contract of
/// `Source` allows.
public final class SimulatedInput: Sendable {
  /// One arrived row: values under the schema, or a rejection.
  public enum Row: Sendable {
    /// A row that is accepted, values in the order of the schema.
    case values([Value])
    /// A row that is refused for a reason, with what is wrong in words.
    case rejected(RejectedRow.Reason, String)
  }

  private struct State: Sendable {
    var rows: [[Row]]
    /// By partition, from where on rows are still asked for.
    var released: [Int]
    var random: SplitMix64
    var failures = 0
    var reads = 0
  }

  /// The origin of rows, as rejected ones show it.
  public let name: String
  /// The columns of arriving rows.
  public let schema: Schema
  /// How many partitions there are, numbered from 0.
  public let partitionCount: Int
  private let eventTime: Int?
  private let state: Mutex<State>

  /// How many bytes a row counts.
  public static let rowBytes = 10

  /// An input without rows.
  ///
  /// - Parameters:
  ///   - eventTime: the event-time column's name.
  ///   - seed: decides where slices are cut into tasks; equal seeds and calls cut alike.
  public init(_ name: String, schema: Schema, eventTime: String? = nil, partitions: Int = 1, seed: UInt64 = 0) {
    self.name = name
    self.schema = schema
    self.eventTime = eventTime.flatMap { schema.ordinal(of: $0) }
    partitionCount = partitions
    state = Mutex(
      State(
        rows: Array(repeating: [], count: partitions), released: Array(repeating: 0, count: partitions),
        random: SplitMix64(seed: seed)))
  }

  /// More rows are there from now on.
  public func arrive(_ rows: [Row], partition: Int = 0) { state.withLock { $0.rows[partition] += rows } }

  /// More acceptable rows are there from now on, values in the order of the schema.
  public func arrive(_ rows: [[Value]], partition: Int = 0) { arrive(rows.map { Row.values($0) }, partition: partition) }

  /// Lets the next `count` tasks that are read throw.
  public func fail(next count: Int) { state.withLock { $0.failures = count } }

  /// All rows that arrived.
  public var count: Int { state.withLock { $0.rows.reduce(0) { $0 + $1.count } } }

  /// Lets everything be read again, for a second run over the same input.
  public func takeBackReleases() { state.withLock { $0.released = $0.released.map { _ in 0 } } }

  /// How many rows were released, in all partitions.
  public var releasedCount: Int { state.withLock { $0.released.reduce(0, +) } }

  /// How many rows tasks have read, repeats included.
  public var readCount: Int { state.withLock { $0.reads } }

  /// A reader of this input, for one process.
  public func source() -> any Source { SimulatedSource(self) }

  // MARK: Reading

  fileprivate func slice(from starts: [Int], byteLimit: Int) throws -> SourceSlice? {
    try state.withLock { state in
      try check(starts, state)
      var ends = starts
      var room = max(1, byteLimit / Self.rowBytes)
      for partition in starts.indices {
        ends[partition] = min(state.rows[partition].count, starts[partition] + max(1, room / (partitionCount - partition)))
        room -= ends[partition] - starts[partition]
      }
      let count = zip(starts, ends).reduce(0) { $0 + $1.1 - $1.0 }
      if count == 0 { return nil }
      var writer = ByteWriter()
      for (start, end) in zip(starts, ends) {
        writer.write(varint: start)
        writer.write(varint: end - start)
      }
      return SourceSlice(
        record: writer.bytes, end: Self.position(ends), byteCount: count * Self.rowBytes,
        reachesEnd: zip(ends, state.rows).allSatisfy { $0 == $1.count })
    }
  }

  private func check(_ starts: [Int], _ state: State) throws {
    for (partition, start) in starts.enumerated() where start < state.released[partition] || start > state.rows[partition].count
    {
      throw TidemillError(
        .badInput,
        "partition \(partition) of \(name) was released up to row \(state.released[partition]), and row \(start) "
          + "of \(state.rows[partition].count) is asked for")
    }
  }

  fileprivate func tasks(_ record: [UInt8]) throws -> [any ReadTask] {
    var reader = ByteReader(record)
    var ranges: [Range<Int>] = []
    for _ in 0..<partitionCount {
      let start = try reader.readVarint()
      ranges.append(start..<start + (try reader.readVarint()))
    }
    return try state.withLock { state in
      try check(ranges.enumerated().map { $1.isEmpty ? state.released[$0] : $1.lowerBound }, state)
      var tasks: [any ReadTask] = []
      for (partition, range) in ranges.enumerated() {
        var start = range.lowerBound
        while start < range.upperBound {
          let end = Int.random(in: (start + 1)...range.upperBound, using: &state.random)
          tasks.append(SimulatedTask(input: self, partition: partition, range: start..<end))
          start = end
        }
      }
      return tasks
    }
  }

  fileprivate func read(_ partition: Int, _ range: Range<Int>, latest: EventTime) throws -> ReadResult {
    let rows = try state.withLock { state in
      if state.failures > 0 {
        state.failures -= 1
        throw TidemillError(.io, "\(name) cannot be read just now", isRetryable: true)
      }
      state.reads += range.count
      return Array(state.rows[partition][range])
    }
    var accepted: [[Value]] = []
    var rejected: [RejectedRow] = []
    func reject(_ offset: Int, _ reason: RejectedRow.Reason, _ detail: String) {
      rejected.append(
        RejectedRow(
          reason: reason, detail: detail, text: Array("row \(offset)".utf8), origin: "\(name)-\(partition)", offset: offset))
    }
    for (offset, row) in zip(range, rows) {
      switch row {
      case .rejected(let reason, let detail): reject(offset, reason, detail)
      case .values(let values):
        if let eventTime {
          guard case .timestamp(let time) = values[eventTime] else {
            reject(offset, .missingTime, "no event time")
            continue
          }
          guard time <= latest else {
            reject(offset, .future, "\(time) is too far ahead of the clock")
            continue
          }
        }
        accepted.append(values)
      }
    }
    return ReadResult(
      batch: Batch(schema: schema, rows: accepted), rejected: rejected, byteCount: range.count * Self.rowBytes)
  }

  fileprivate func release(before starts: [Int]) {
    state.withLock { state in
      for (partition, start) in starts.enumerated() { state.released[partition] = max(state.released[partition], start) }
    }
  }

  fileprivate static func position(_ rows: [Int]) -> SourcePosition {
    var writer = ByteWriter()
    for row in rows { writer.write(varint: row) }
    return SourcePosition(writer.bytes)
  }

  fileprivate func rows(of position: SourcePosition) throws -> [Int] {
    if position.bytes.isEmpty { return Array(repeating: 0, count: partitionCount) }
    var reader = ByteReader(position.bytes)
    return try (0..<partitionCount).map { _ in try reader.readVarint() }
  }
}

private final class SimulatedSource: Source {
  private let input: SimulatedInput

  init(_ input: SimulatedInput) { self.input = input }

  var description: String { "simulated input \(input.name)" }
  var partitionCount: Int { input.partitionCount }

  func nextSlice(after position: SourcePosition, byteLimit: Int, isFinal: Bool) async throws -> SourceSlice? {
    try input.slice(from: try input.rows(of: position), byteLimit: byteLimit)
  }

  func tasks(for slice: SourceSlice) throws -> [any ReadTask] { try input.tasks(slice.record) }

  /// Nothing comes while a job waits: the wait ends when what the job still has under way fails, or somebody stops it.
  func waitForInput(timeout: Duration) async throws { try await Pause.shared.sleep(for: .seconds(3600)) }

  func release(before position: SourcePosition) async throws { input.release(before: try input.rows(of: position)) }

  func line(of origin: String, offset: Int) -> Int? { offset + 1 }
}

private struct SimulatedTask: ReadTask {
  let input: SimulatedInput
  let partition: Int
  let range: Range<Int>

  func read(latest: EventTime) throws -> ReadResult { try input.read(partition, range, latest: latest) }
}
