import DeltaTesting
import Synchronization
import TidemillColumns
import TidemillConnectors
import TidemillPlan

@testable import DeltaConnector
@testable import DeltaLog

/// A table in a simulated store, the sinks that write it, and what readers find there.
struct TestLake {
  let store: SimulatedLakeStore
  let format: any RowFileFormat
  let codec: any CheckpointCodec
  let reports = Reports()

  final class Reports: Sendable {
    private let texts = Mutex<[String]>([])
    var all: [String] { texts.withLock { $0 } }
    func add(_ text: String) { texts.withLock { $0.append(text) } }
  }

  init(
    _ store: SimulatedLakeStore = SimulatedLakeStore(), format: any RowFileFormat = BatchFormat(),
    codec: any CheckpointCodec = LineCodec()
  ) {
    self.store = store
    self.format = format
    self.codec = codec
  }

  func sink(_ options: DeltaSinkOptions = DeltaSinkOptions(lanes: 1)) -> DeltaSink {
    let (store, reports) = (store, reports)
    return DeltaSink(
      store, format: format, codec: codec, options: options, owner: "sink hourly", now: { store.now },
      report: { reports.add($0) }, pause: { _ in store.advance(milliseconds: 1) })
  }

  func table(version: Int? = nil) throws -> DeltaTable {
    let store = store
    guard let table = try DeltaTable.load(store, codec: codec, version: version, now: { store.now }) else {
      throw TidemillError(.badInput, "there is no table")
    }
    return table
  }

  /// The rows of a version, found from the log and the files alone.
  func rows(_ schema: Schema, version: Int? = nil) throws -> [[Value]] {
    let table = try table(version: version)
    var rows: [[Value]] = []
    for file in table.snapshot.files.values {
      let stored = Schema(schema.fields.filter { !file.partitionValues.keys.contains($0.name) })
      let bytes = try store.read(table.located(file.path))
      let batch = try format.rows(of: bytes, schema: stored)
      if batch.count != file.rowCount || bytes.count != file.size { throw CorruptBytes("\(file) has \(batch.count) rows") }
      for row in batch.rows {
        rows.append(
          schema.fields.map { field in
            if let ordinal = stored.fields.firstIndex(of: field) { return row[ordinal] }
            return PartitionColumn.value(file.partitionValues[field.name] ?? nil, as: field.type) ?? .string("no value")
          })
      }
    }
    return rows
  }

  /// Commits what another program does.
  func commitAsOther(_ actions: [DeltaAction]) throws {
    var table = try table()
    try table.commit(DeltaTransaction(actions, reads: .nothing, operation: "WRITE"))
  }

  /// Adds rows as another program does: without tags.
  func appendAsOther(_ rows: Batch, values: [String: String?] = [:]) throws {
    let stored = Schema(rows.schema.fields.filter { !values.keys.contains($0.name) })
    let batch = Batch(
      schema: stored, count: rows.count,
      columns: stored.fields.map { field in rows.columns[rows.schema.fields.firstIndex(of: field)!] })
    let path = "other-\(UniqueName.make())"
    let bytes = try format.file(of: batch)
    store.set(path, bytes)
    try commitAsOther([
      .add(
        AddedFile(
          path: path, partitionValues: values, size: bytes.count, modificationTime: store.now,
          stats: "{\"numRecords\":\(batch.count)}"))
    ])
  }
}

/// The `TidemillError` that `body` ends with; `nil` if it does not.
func tidemillError(_ body: () async throws -> Void) async -> TidemillError? {
  do {
    try await body()
    return nil
  } catch {
    return error as? TidemillError
  }
}

/// Sums by key and window, small enough to look at.
enum Hourly {
  static let schema = Schema(Field("k", .string), Field("n", .bigint), Field("w", .window))
  static let hour: Int64 = 3_600_000_000
  /// 2024-03-01T00:00:00Z
  static let day: Int64 = 1_709_251_200_000_000

  static func shape(_ mode: OutputMode = .update, key: [Int]? = [0, 2], query: String = "hourly") -> ResultShape {
    ResultShape(schema: schema, key: key, mode: mode, zone: .utc, queryName: query)
  }

  static func window(_ hour: Int64) -> Value {
    .window(
      start: EventTime(microseconds: day + hour * Self.hour), end: EventTime(microseconds: day + (hour + 1) * Self.hour))
  }

  static func batch(_ rows: [(k: String, n: Int64, hour: Int64)], weights: [Int8]? = nil) -> Batch {
    Batch(schema: schema, rows: rows.map { [.string($0.k), .integer($0.n), window($0.hour)] }, weights: weights)
  }

  /// `a 1 12` for the row of key a, 1 and the window that begins at 12, sorted.
  static func shown(_ rows: [[Value]]) -> [String] {
    rows.map { row in
      guard case .string(let k) = row[0], case .integer(let n) = row[1], case .window(let start, _) = row[2] else { return "?" }
      return "\(k) \(n) \((start.microseconds - day) / hour)"
    }.sorted()
  }
}

extension TestLake {
  var hourly: [String] { get throws { Hourly.shown(try rows(Hourly.schema)) } }
}
