import Synchronization
import TidemillColumns
import TidemillConnectors

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// Spark's `rate`: rows of a number and a time, a given number of them a second, for trying things out and for load.
///
/// Row `n` has `value` n and `timestamp` start + n / rowsPerSecond, where start is when the first slice was asked for; it is in
/// the position, so a restarted job goes on with the same rows. Value n belongs to partition n modulo the number of partitions.
public final class RateSource: Source {
  /// The columns there are.
  public static let schema = Schema(Field("timestamp", .timestamp), Field("value", .bigint))

  /// How fast rows come, how many, and in how many partitions.
  public struct Options: Hashable, Sendable {
    /// Rows per second over all partitions; at least 1.
    public var rowsPerSecond: Int
    /// Among how many partitions the rows are dealt out; at least 1.
    public var partitions: Int
    /// How many rows there are in all; without it they never end.
    public var rows: Int?

    /// Options given by a program: both counts must be positive, `rows` must not be negative.
    public init(rowsPerSecond: Int = 1, partitions: Int = 1, rows: Int? = nil) {
      precondition(rowsPerSecond > 0 && partitions > 0 && (rows ?? 0) >= 0, "a rate source gives rows, to some partition")
      self.rowsPerSecond = rowsPerSecond
      self.partitions = partitions
      self.rows = rows
    }

    /// Reads `rowsPerSecond`, `numPartitions` and `rows`, names in lower case.
    ///
    /// - Throws: `TidemillError.Code.invalidQuery` for what is no such number, `unsupported` for a `rampUpTime`.
    public init(_ options: [String: String]) throws {
      func number(_ name: String, atLeast least: Int) throws -> Int? {
        guard let text = options[name.lowercased()] else { return nil }
        guard let number = Int(text), number >= least, number <= 1_000_000_000_000 else {
          throw TidemillError(
            .invalidQuery, "option \(name) of a rate stream is '\(text)'", hint: "give a whole number from \(least) on")
        }
        return number
      }
      if let text = options["rampuptime"], TimeSpan(parsing: text) != .zero && Int(text) != 0 {
        throw TidemillError(.unsupported, "rampUpTime of a rate stream is not supported", hint: "leave it out")
      }
      self.init(
        rowsPerSecond: try number("rowsPerSecond", atLeast: 1) ?? 1,
        partitions: min(try number("numPartitions", atLeast: 1) ?? 1, 1024), rows: try number("rows", atLeast: 0))
    }
  }

  private struct Place: Sendable {
    /// Microseconds since 1970.
    var start: Int64
    var next: Int
  }

  private let request: ReadRequest
  private let options: Options
  private let now: @Sendable () -> EventTime
  private let handedOut = Mutex<Place?>(nil)

  private static let rowsAtATime = 1 << 16
  private static let rowBytes = 16

  /// - Parameter now: the clock; the system's, but for tests.
  /// - Throws: when the request is for other columns than `schema`.
  public init(
    _ request: ReadRequest, options: Options = Options(), now: @escaping @Sendable () -> EventTime = RateSource.systemTime
  ) throws {
    for field in request.schema.fields {
      guard let ordinal = Self.schema.ordinal(of: field.name), Self.schema[ordinal].type == field.type else {
        throw TidemillError(
          .invalidQuery, "a rate stream has no column \(field.name) \(field.type)", hint: "its columns are \(Self.schema)")
      }
    }
    self.request = request
    self.options = options
    self.now = now
  }

  /// The system's real-time clock, in microseconds since 1970; it can jump when the machine's time is set.
  public static let systemTime: @Sendable () -> EventTime = {
    var time = timespec()
    clock_gettime(CLOCK_REALTIME, &time)
    return EventTime(microseconds: Int64(time.tv_sec) * 1_000_000 + Int64(time.tv_nsec) / 1000)
  }

  public var description: String { "rate of \(options.rowsPerSecond) rows per second" }

  public var hasEnded: Bool {
    guard let rows = options.rows else { return false }
    return rows == 0 || handedOut.withLock { $0.map { $0.next >= rows } ?? false }
  }

  public func nextSlice(after position: SourcePosition, byteLimit: Int, isFinal: Bool) async throws -> SourceSlice? {
    let place =
      try decode(position) ?? handedOut.withLock { $0.map { Place(start: $0.start, next: 0) } }
      ?? Place(start: now().microseconds, next: 0)
    let available = available(since: place.start, isFinal: isFinal)
    let end = min(available, place.next + max(1, byteLimit / Self.rowBytes))
    handedOut.withLock { $0 = Place(start: place.start, next: max(end, place.next)) }
    guard end > place.next else { return nil }
    var record = ByteWriter()
    record.write(place.start)
    record.write(varint: place.next)
    record.write(varint: end - place.next)
    var after = ByteWriter()
    after.write(place.start)
    after.write(varint: end)
    return SourceSlice(
      record: record.bytes, end: SourcePosition(after.bytes), byteCount: (end - place.next) * Self.rowBytes,
      reachesEnd: end == available)
  }

  /// How many rows there are by now. A bounded source that is read as a whole does not wait for its clock.
  private func available(since start: Int64, isFinal: Bool) -> Int {
    if isFinal, let rows = options.rows { return rows }
    let elapsed = max(0, now().microseconds - start)
    let due = Int128(elapsed) * Int128(options.rowsPerSecond) / 1_000_000
    return min(Int(clamping: due), options.rows ?? .max)
  }

  private func decode(_ position: SourcePosition) throws -> Place? {
    if position.bytes.isEmpty { return nil }
    var reader = ByteReader(position.bytes)
    return try undamaged("position", of: description) {
      Place(start: try reader.read(), next: try reader.readVarint())
    }
  }

  public func tasks(for slice: SourceSlice) throws -> [any ReadTask] {
    var reader = ByteReader(slice.record)
    let (start, first, end) = try undamaged("slice record", of: description) {
      let start: Int64 = try reader.read()
      let range = try reader.readRange()
      return (start, range.lowerBound, range.upperBound)
    }
    var tasks: [any ReadTask] = []
    let step = Self.rowsAtATime * options.partitions
    for partition in 0..<options.partitions {
      for from in stride(from: first, to: end, by: step) {
        tasks.append(
          RateTask(
            partition: partition, partitions: options.partitions, values: from..<min(from + step, end), start: start,
            rowsPerSecond: options.rowsPerSecond, request: request))
      }
    }
    return tasks
  }

  public func waitForInput(timeout: Duration) async throws {
    guard let place = handedOut.withLock({ $0 }), !hasEnded else { return }
    // The next row is due when its timestamp has come.
    let due = RateTask.time(of: place.next + 1, start: place.start, rowsPerSecond: options.rowsPerSecond)
    let wait = max(0, due - now().microseconds)
    try await Task.sleep(for: min(timeout, .microseconds(wait)))
  }
}

/// The values of one partition in a range.
private struct RateTask: ReadTask {
  var partition: Int
  var partitions: Int
  var values: Range<Int>
  var start: Int64
  var rowsPerSecond: Int
  var request: ReadRequest

  static func time(of value: Int, start: Int64, rowsPerSecond: Int) -> Int64 {
    Int64(clamping: Int128(start) + Int128(value) * 1_000_000 / Int128(rowsPerSecond))
  }

  func read(latest: EventTime) -> ReadResult {
    let first = values.lowerBound + (partition - values.lowerBound % partitions + partitions) % partitions
    let capacity = values.count / partitions + 1
    let numbers = Buffer<Int64>(capacity: capacity)
    let times = Buffer<Int64>(capacity: capacity)
    var rejected: [RejectedRow] = []
    let checksTime = request.eventTime != nil
    for value in stride(from: first, to: values.upperBound, by: partitions) {
      let time = Self.time(of: value, start: start, rowsPerSecond: rowsPerSecond)
      if checksTime && time > latest.microseconds {
        rejected.append(
          RejectedRow(
            reason: .future, detail: "timestamp: \(EventTime(microseconds: time)) is too far ahead of the clock",
            text: Array(String(value).utf8), origin: "rate", offset: value))
      } else {
        numbers.append(Int64(value))
        times.append(time)
      }
    }
    let columns = request.schema.fields.map { field in
      Column(type: field.type, count: numbers.count, values: .int64(field.type == .timestamp ? times : numbers))
    }
    return ReadResult(
      batch: Batch(schema: request.schema, count: numbers.count, columns: columns), rejected: rejected,
      byteCount: (numbers.count + rejected.count) * 16)
  }
}
