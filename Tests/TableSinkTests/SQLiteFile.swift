#if SQLite
  import Foundation
  import GRDB
  import TableTesting
  import TidemillColumns

  /// A database file of a test's own, looked at through another connection than the sink's; gone when the test is over.
  final class SQLiteFile: Sendable {
    let directory: String
    let path: String

    init() throws {
      directory = NSTemporaryDirectory() + "tidemill-sqlite-" + UUID().uuidString
      path = directory + "/results.db"
      try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: directory) }

    func execute(_ sql: String) throws {
      let database = try DatabaseQueue(path: path)
      try database.write { try $0.execute(sql: sql) }
      try database.close()
    }

    /// All rows that a query gives, as the database holds them.
    func rows(_ sql: String) throws -> [[DatabaseValue]] {
      let database = try DatabaseQueue(path: path)
      defer { try? database.close() }
      return try database.read { db in try Row.fetchAll(db, sql: sql).map { Array($0.databaseValues) } }
    }

    func text(_ sql: String) throws -> [String] {
      try rows(sql).map { $0.map { $0.isNull ? "∅" : String.fromDatabaseValue($0) ?? "\($0)" }.joined(separator: " ") }
    }

    /// The content of the table of results in the form of `ShownRows`.
    func results(_ table: String = "totals", _ schema: Schema = TableCase.schema) throws -> [String] {
      let types = schema.fields.flatMap { $0.type == .window ? [.timestamp, .timestamp] : [$0.type] }
      return try rows("SELECT * FROM \"\(table)\"").map { row in
        zip(row, types).map(Self.shown).joined(separator: " | ")
      }.sorted()
    }

    private static func shown(_ value: DatabaseValue, _ type: DataType) -> String {
      switch (value.storage, type) {
      case (.null, _): "∅"
      case (.int64(let number), .boolean): number == 0 ? "false" : number == 1 ? "true" : "boolean \(number)"
      case (.int64(let number), .int), (.int64(let number), .bigint): "\(number)"
      case (.double(let number), .double): ShownRows.double(number)
      case (.string("NaN"), .double): "nan"
      case (.string(let text), .decimal): text
      case (.string(let text), .string): "‹\(text)›"
      case (.string(var text), .date): "day \(text.withUTF8 { TimestampText.days($0) }.map(String.init) ?? "?")"
      case (.string(let text), .timestamp):
        text.utf8.count == 27 && text.hasSuffix("Z") ? "µs \(TimestampText.microseconds(text).map(String.init) ?? "?")" : "?"
      default: "\(value) as \(type)"
      }
    }
  }
#endif
