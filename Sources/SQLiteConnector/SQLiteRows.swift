#if SQLite
  import GRDB
  import GRDBSQLite
  import TableSinks
  import TidemillColumns

  /// The rows of a batch as SQLite takes them. Valid while the batch lives.
  struct SQLiteRows {
    let count: Int
    let cells: [TableCells]
    private let weights: UnsafePointer<Int8>?

    init(_ batch: Batch, _ layout: TableLayout) {
      count = batch.count
      cells = layout.columns.map { TableCells($0, of: batch) }
      weights = batch.weights.map { UnsafePointer($0.base) }
    }

    func isRetraction(_ row: Int) -> Bool {
      guard let weights else { return false }
      return weights[row] < 0
    }

    func hasNull(_ row: Int, in columns: [Int]) -> Bool { columns.contains { cells[$0].isNull(row) } }
  }

  /// A statement that runs once a row, with some of its columns.
  ///
  /// Values go to SQLite by its own functions: strings as they lie in the batch, without a copy.
  final class SQLiteRowStatement {
    private let statement: Statement
    private let handle: OpaquePointer
    private let columns: [Int]
    private var text: [UInt8] = []

    init(_ statement: Statement, columns: [Int]) {
      self.statement = statement
      handle = statement.sqliteStatement
      self.columns = columns
    }

    func run(_ rows: SQLiteRows, _ row: Int) throws {
      defer {
        sqlite3_reset(handle)
        // The values lie in the batch: nothing must point there when it is gone.
        sqlite3_clear_bindings(handle)
      }
      for (position, column) in columns.enumerated() {
        try check(bind(rows.cells[column], row, at: Int32(position + 1)), SQLITE_OK)
      }
      try check(sqlite3_step(handle), SQLITE_DONE)
    }

    private func check(_ code: Int32, _ wanted: Int32) throws { if code != wanted { throw error(code) } }

    private func error(_ code: Int32) -> DatabaseError {
      let message = sqlite3_db_handle(handle).flatMap { sqlite3_errmsg($0) }.map { String(cString: $0) }
      return DatabaseError(resultCode: ResultCode(rawValue: code), message: message)
    }

    private func bind(_ cells: TableCells, _ row: Int, at index: Int32) -> Int32 {
      if cells.isNull(row) { return sqlite3_bind_null(handle, index) }
      switch cells.content {
      case .boolean(let values): return sqlite3_bind_int(handle, index, values[row] == 0 ? 0 : 1)
      case .integer(let values): return sqlite3_bind_int64(handle, index, values[row])
      case .double(let values):
        // SQLite would make it NULL. As text it stays what it is, and is in order behind all numbers.
        if values[row].isNaN { return bind("NaN", at: index) }
        return sqlite3_bind_double(handle, index, values[row])
      case .decimal(let values, let scale):
        return bind(DecimalText.string(unscaled: values[row], scale: scale), at: index)
      case .string(let views, let heap):
        return StringStorage.withBytes(of: views + row, heap: heap) { bytes in
          sqlite3_bind_text(
            handle, index, UnsafeRawPointer(bytes.baseAddress!).assumingMemoryBound(to: CChar.self), Int32(bytes.count), nil)
        }
      case .date(let values):
        text.removeAll(keepingCapacity: true)
        TimestampText.appendDate(days: values[row], to: &text)
        return bindText(at: index)
      case .timestamp(let values):
        text.removeAll(keepingCapacity: true)
        TimestampText.append(microseconds: values[row], to: &text)
        Self.widen(&text)
        return bindText(at: index)
      }
    }

    private func bind(_ string: String, at index: Int32) -> Int32 {
      text.removeAll(keepingCapacity: true)
      text.append(contentsOf: string.utf8)
      return bindText(at: index)
    }

    /// SQLite copies the text: the buffer is used again.
    private func bindText(at index: Int32) -> Int32 {
      text.withUnsafeBytes { bytes in
        sqlite3_bind_text(
          handle, index, bytes.baseAddress!.assumingMemoryBound(to: CChar.self), Int32(bytes.count),
          unsafeBitCast(-1, to: sqlite3_destructor_type.self))
      }
    }

    /// Six digits behind the point for every time, so that times as text are in order.
    private static func widen(_ text: inout [UInt8]) {
      let zone = text.removeLast()
      let point = text.lastIndex(of: UInt8(ascii: "."))
      if point == nil { text.append(UInt8(ascii: ".")) }
      let digits = point.map { text.count - $0 - 1 } ?? 0
      for _ in digits..<6 { text.append(UInt8(ascii: "0")) }
      text.append(zone)
    }
  }
#endif
