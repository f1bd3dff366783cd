import Synchronization
import TidemillColumns
import TidemillConnectors

/// A static table that the program itself holds, for joins: its rows can be replaced at any time.
public final class MemoryTable: TableSource {
  /// What queries call the table.
  public let name: String
  /// The columns that rows have, in order.
  public let schema: Schema
  private let state: Mutex<State>

  private struct State: Sendable {
    var rows: Batch
    var version = 1
  }

  /// - Parameter rows: values in the order of the schema, each of its column's type.
  public init(_ name: String, schema: Schema, rows: [[Value]] = []) {
    self.name = name
    self.schema = schema
    state = Mutex(State(rows: Batch(schema: schema, rows: rows)))
  }

  public var description: String { "memory table \(name)" }

  /// Makes these all the rows of the table.
  public func replace(_ rows: [[Value]]) { replace(Batch(schema: schema, rows: rows)) }

  /// The same with the rows of a batch under the table's schema.
  public func replace(_ rows: Batch) {
    precondition(rows.schema == schema, "table \(name) has the columns \(schema), the batch has \(rows.schema)")
    state.withLock { state in
      state.rows = rows
      state.version += 1
    }
  }

  public func columns() -> LearntColumns { LearntColumns(schema) }

  public func version() -> TableVersion { Self.version(state.withLock { $0.version }) }

  private static func version(_ number: Int) -> TableVersion {
    var writer = ByteWriter()
    writer.write(varint: number)
    return TableVersion(writer.bytes, text: "version \(number)")
  }

  public func read(_ version: TableVersion, columns: Schema, _ take: (Batch) throws -> Void) throws {
    let (rows, number) = state.withLock { ($0.rows, $0.version) }
    guard version == Self.version(number) else { throw TableChanged() }
    let chosen = columns.fields.map { field in
      guard let ordinal = schema.ordinal(of: field.name) else {
        preconditionFailure("table \(name) is asked for a column \(field.name) that it has not")
      }
      return rows.columns[ordinal]
    }
    if rows.count > 0 { try take(Batch(schema: columns, count: rows.count, columns: chosen)) }
  }
}
