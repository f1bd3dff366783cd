import Dispatch
import TidemillColumns
import TidemillConnectors
import TidemillStorage

/// One look at a static table, and, if it has changed, its rows.
struct TableReading: Sendable {
  let input: TableInput
  /// The version that was read last.
  let known: TableVersion?
  /// A version that is not to be tried now.
  let refused: TableVersion?
  /// The rows that are used now.
  let old: Batch?
  /// Under which number other rows are kept.
  let number: UInt64
  /// Where they are kept; `nil` for a job that does not survive.
  let copies: (any TableCopyStore)?
  let budget: MemoryBudget
  /// Bytes of all else that counts.
  let held: Int

  enum Outcome: Sendable {
    /// The version is the one that was read last.
    case unchanged
    /// The version is the one that is not to be tried now.
    case stillRefused
    /// Without rows when they are what they were.
    case read(TableVersion, Batch?)
  }

  /// A version that cannot be used.
  struct Refusal: Error {
    var version: TableVersion
    var reason: any Error
  }

  /// A copy could not be written with the checkpoint: nothing is wrong with the table.
  struct CheckpointFailure: Error {
    var reason: any Error
  }

  /// How often a table that changes while it is read is read again.
  private static let attempts = 5

  /// - Throws: `Refusal`, `CheckpointFailure`, or what keeps the source from telling its version.
  func run(on queue: DispatchQueue) async throws -> Outcome {
    try await withCheckedThrowingContinuation { continuation in
      queue.async { continuation.resume(with: Result { try read() }) }
    }
  }

  private func read() throws -> Outcome {
    for _ in 0..<Self.attempts {
      let version = try input.source.version()
      if version == known { return .unchanged }
      if version == refused { return .stillRefused }
      let rows: Batch
      do { rows = try self.rows(of: version) } catch is TableChanged { continue } catch {
        throw Refusal(version: version, reason: error)
      }
      if let old, old.hasRows(of: rows) { return .read(version, nil) }
      do { try keep(rows) } catch { throw CheckpointFailure(reason: error) }
      return .read(version, rows)
    }
    throw TidemillError(
      .io, "table \(input.name) changed \(Self.attempts) times while it was read",
      hint: "write it under another name, and rename it when it is whole", isRetryable: true)
  }

  private func rows(of version: TableVersion) throws -> Batch {
    var batches: [Batch] = []
    var bytes = 0
    try input.source.read(version, columns: input.schema) { batch in
      bytes += batch.memoryUsed
      // Until they are put together, and until the old ones go, both are there.
      try budget.check(table: input.name, bytes, beside: held)
      batches.append(batch)
    }
    return Batch.concatenating(&batches, schema: input.schema) { count, body in for index in 0..<count { body(index) } }
  }

  /// Writes rows where a replay finds them.
  private func keep(_ rows: Batch) throws {
    guard let copies else { return }
    let file = copies.begin(number)
    do {
      try Self.write(rows, of: input, to: file)
      try file.finish()
    } catch {
      file.abandon()
      throw error
    }
  }

  private static func write(_ rows: Batch, of input: TableInput, to file: any SnapshotWriting) throws {
    var head = ByteWriter()
    head.write(string: input.name)
    head.write(string: rows.schema.description)
    head.write(varint: rows.count)
    try file.write(head.bytes, to: "table")
    for (number, column) in rows.columns.enumerated() {
      // A column at a time, so that the table is not in memory twice.
      var writer = ByteWriter()
      column.write(to: &writer)
      try file.write(writer.bytes, to: "column \(number)")
    }
  }

  /// The rows of a copy.
  ///
  /// - Throws: `CorruptBytes` when it is a copy of anything else.
  static func rows(of sections: [String: [UInt8]], _ input: TableInput) throws -> Batch {
    var head = ByteReader(sections["table"] ?? [])
    let (name, columns) = (try head.readString(), try head.readString())
    guard name == input.name, columns == input.schema.description else {
      throw CorruptBytes("it has \(name) with the columns \(columns)")
    }
    let count = try head.readVarint()
    return Batch(
      schema: input.schema, count: count,
      columns: try input.schema.fields.enumerated().map { number, field in
        var reader = ByteReader(sections["column \(number)"] ?? [])
        let column = try Column(type: field.type, reading: &reader)
        guard column.count == count, reader.isAtEnd else { throw CorruptBytes("a column of \(column.count) rows") }
        return column
      })
  }
}
