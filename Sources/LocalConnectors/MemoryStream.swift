import Synchronization
import TidemillColumns
import TidemillConnectors

/// A stream that the program itself feeds: rows, batches, or `Encodable` values.
///
/// Rows are kept until the job says that no recovery needs them any more. A stream lives as long as its process, so a job that
/// reads it and is started again in another process finds nothing of what was pushed before.
public final class MemoryStream: Source {
  /// What errors and the origins of rejected rows call the stream.
  public let name: String
  /// The columns that pushed rows have, in order.
  public let schema: Schema
  /// How many partitions can be pushed to, numbered from 0; each has its own watermark.
  public let partitionCount: Int
  private let eventTime: Int?
  private let signal = InputSignal()
  private let state: Mutex<State>

  /// How many rows one task reads at most.
  private static let rowsAtATime = 1 << 16

  private struct Partition: Sendable {
    var chunks: [MemoryRows] = []
    var released = 0
    var end = 0
    /// How far slices have been taken.
    var taken = 0

    /// The chunks with rows of `start..<end`. Thousands may be kept until a snapshot makes them superfluous.
    ///
    /// - Complexity: O(log kept chunks + chunks found).
    func chunks(from start: Int, to end: Int) -> [MemoryRows] {
      var low = 0
      var high = chunks.count
      while low < high {
        let middle = (low + high) / 2
        if chunks[middle].end <= start { low = middle + 1 } else { high = middle }
      }
      return Array(chunks[low...].prefix { $0.start < end })
    }
  }

  private struct State: Sendable {
    var partitions: [Partition]
    var isFinished = false

    var hasMore: Bool { partitions.contains { $0.taken < $0.end } }
  }

  /// - Parameter eventTime: the event-time column; rows without it, or too far ahead of the clock, are rejected.
  public init(_ name: String = "memory", schema: Schema, eventTime: String? = nil, partitions: Int = 1) {
    precondition(partitions > 0, "a stream has at least one partition")
    self.name = name
    self.schema = schema
    partitionCount = partitions
    self.eventTime = eventTime.map { column in
      guard let ordinal = schema.ordinal(of: column), schema[ordinal].type == .timestamp else {
        preconditionFailure("the event-time column \(column) of stream \(name) must be one of its TIMESTAMP columns")
      }
      return ordinal
    }
    state = Mutex(State(partitions: Array(repeating: Partition(), count: partitions)))
  }

  public var description: String { "memory stream \(name)" }

  // MARK: Feeding

  /// Adds rows, values in the order of the schema. A row with a value of another type is rejected when it is read.
  public func push(_ rows: [[Value]], partition: Int = 0) {
    add(partition) { MemoryRows(rows, schema: schema, start: $0, origin: origin(partition)) }
  }

  /// Adds the rows of a batch with this stream's schema.
  public func push(batch: Batch, partition: Int = 0) {
    precondition(batch.schema == schema, "stream \(name) has the columns \(schema), the batch has \(batch.schema)")
    add(partition) { MemoryRows(batch, start: $0) }
  }

  /// Adds values whose stored properties are the columns, by name or path (`user.id`); missing ones are null, others ignored.
  ///
  /// - Throws: when a property, such as an array, has no column type.
  public func push<Row: Encodable>(_ rows: [Row], partition: Int = 0) throws {
    let paths = schema.fields.map { $0.path.joined(separator: ".") }
    push(
      try rows.map { row in
        let values = try RowEncoder.values(of: row)
        return zip(paths, schema.fields).map { path, field in values[path] ?? values[field.name] ?? .null }
      }, partition: partition)
  }

  /// Adds one value, as the array form does; many are cheaper together, since each push is a chunk of its own.
  ///
  /// - Throws: when a property, such as an array, has no column type.
  public func push<Row: Encodable>(_ row: Row, partition: Int = 0) throws { try push([row], partition: partition) }

  private func add(_ partition: Int, _ make: (Int) -> MemoryRows) {
    precondition(
      partition >= 0 && partition < partitionCount, "stream \(name) has partitions 0 to \(partitionCount - 1), not \(partition)"
    )
    state.withLock { state in
      precondition(!state.isFinished, "stream \(name) is finished: nothing can be pushed to it any more")
      let rows = make(state.partitions[partition].end)
      if rows.count == 0 { return }
      state.partitions[partition].chunks.append(rows)
      state.partitions[partition].end = rows.end
    }
    signal.notify()
  }

  /// Says that no more will be pushed.
  public func finish() {
    state.withLock { $0.isFinished = true }
    signal.notify()
  }

  // MARK: Source

  /// Finished, and everything that was pushed has been taken.
  public var hasEnded: Bool { state.withLock { $0.isFinished && !$0.hasMore } }

  public func waitForInput(timeout: Duration) async throws {
    try await signal.wait(timeout: timeout) { self.state.withLock { $0.isFinished || $0.hasMore } }
  }

  public func nextSlice(after position: SourcePosition, byteLimit: Int, isFinal: Bool) async throws -> SourceSlice? {
    let starts = try decode(position)
    let rowBytes = MemoryRows.byteEstimate(schema)
    let share = max(1, byteLimit / rowBytes / partitionCount)
    return try state.withLock { state in
      var ends = starts
      for (index, start) in starts.enumerated() {
        guard start <= state.partitions[index].end else { throw lost(index, start..<start) }
        ends[index] = start + min(share, state.partitions[index].end - start)
        state.partitions[index].taken = ends[index]
      }
      if ends == starts { return nil }
      var writer = ByteWriter()
      for (start, end) in zip(starts, ends) {
        writer.write(varint: start)
        writer.write(varint: end - start)
      }
      return SourceSlice(
        record: writer.bytes, end: encode(ends), byteCount: zip(starts, ends).reduce(0) { $0 + ($1.1 - $1.0) * rowBytes },
        reachesEnd: !state.hasMore)
    }
  }

  public func tasks(for slice: SourceSlice) throws -> [any ReadTask] { try tasks(for: slice, eventTime: eventTime) }

  func tasks(for slice: SourceSlice, eventTime: Int?) throws -> [any ReadTask] {
    var reader = ByteReader(slice.record)
    var tasks: [any ReadTask] = []
    for partition in 0..<partitionCount {
      let range = try undamaged("slice record", of: description) { try reader.readRange() }
      let (start, end) = (range.lowerBound, range.upperBound)
      let (released, known, chunks) = state.withLock { state in
        let partition = state.partitions[partition]
        return (partition.released, partition.end, partition.chunks(from: start, to: end))
      }
      if start < end && (start < released || end > known) { throw lost(partition, start..<end) }
      for chunk in chunks {
        var from = max(start, chunk.start)
        let limit = min(end, chunk.end)
        while from < limit {
          let to = min(limit, from + Self.rowsAtATime)
          tasks.append(
            MemoryTask(
              partition: partition, rows: chunk, range: from..<to, eventTime: eventTime, origin: origin(partition)))
          from = to
        }
      }
    }
    return tasks
  }

  public func release(before position: SourcePosition) async throws {
    let starts = try decode(position)
    state.withLock { state in
      for (index, start) in starts.enumerated() {
        let gone = state.partitions[index].chunks.prefix { $0.end <= start }
        if let last = gone.last { state.partitions[index].released = last.end }
        state.partitions[index].chunks.removeFirst(gone.count)
      }
    }
  }

  /// How many rows are kept, for progress and tests.
  public var keptRows: Int { state.withLock { $0.partitions.reduce(0) { $0 + $1.chunks.reduce(0) { $0 + $1.count } } } }

  private func origin(_ partition: Int) -> String {
    partitionCount == 1 ? name : "\(name), partition \(partition)"
  }

  private func encode(_ ends: [Int]) -> SourcePosition {
    var writer = ByteWriter()
    for end in ends { writer.write(varint: end) }
    return SourcePosition(writer.bytes)
  }

  private func decode(_ position: SourcePosition) throws -> [Int] {
    if position.bytes.isEmpty { return Array(repeating: 0, count: partitionCount) }
    var reader = ByteReader(position.bytes)
    return try undamaged("position", of: description) { try (0..<partitionCount).map { _ in try reader.readVarint() } }
  }

  private func lost(_ partition: Int, _ range: Range<Int>) -> TidemillError {
    TidemillError(
      .badInput, "\(origin(partition)) no longer has the rows \(range.lowerBound) to \(range.upperBound)",
      hint: "a memory stream does not outlive its process: start the query with a new checkpoint")
  }
}

/// Rows of one push.
private struct MemoryTask: ReadTask {
  var partition: Int
  var rows: MemoryRows
  var range: Range<Int>
  var eventTime: Int?
  var origin: String

  func read(latest: EventTime) -> ReadResult {
    rows.read(range, eventTime: eventTime, latest: latest, origin: origin)
  }
}
