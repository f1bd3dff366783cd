#if SQLite
  import GRDB
  import GRDBSQLite
  import TidemillColumns

  /// Makes a batch of what a statement gives: the values that the sink wrote, exactly.
  struct ViewRowReader {
    /// The columns of the batch; a window takes two of the statement's.
    let schema: Schema

    /// - Parameters:
    ///   - limit: how many rows at most.
    ///   - byteLimit: about how many bytes at most.
    /// - Returns: the rows, and why it stopped.
    /// - Throws: `DatabaseError`, or `TidemillError` for a value that nobody of this project has written.
    func read(_ statement: Statement, limit: Int? = nil, byteLimit: Int? = nil) throws -> (batch: Batch, end: End) {
      let handle = statement.sqliteStatement
      defer { sqlite3_reset(handle) }
      let builders = schema.fields.map { ColumnBuilder($0.type, capacity: 64) }
      let fixedBytes = schema.valueBytes
      var count = 0
      var bytes = 0
      var end = End.all
      reading: while true {
        switch sqlite3_step(handle) {
        case SQLITE_ROW: break
        case SQLITE_DONE: break reading
        case let code:
          let message = sqlite3_db_handle(handle).flatMap { sqlite3_errmsg($0) }.map { String(cString: $0) }
          throw DatabaseError(resultCode: ResultCode(rawValue: code), message: message)
        }
        if let limit, count == limit {
          end = .limit
          break
        }
        bytes += fixedBytes
        var index: Int32 = 0
        for builder in builders { bytes += try append(to: builder, handle, &index) }
        count += 1
        if let byteLimit, bytes > byteLimit {
          end = .bytes
          break
        }
      }
      return (Batch(schema: schema, count: count, columns: builders.map { $0.finish() }), end)
    }

    enum End {
      case all
      /// There are more rows.
      case limit
      /// The rows take too much memory.
      case bytes
    }

    /// - Returns: how many bytes the value takes besides what each of its type does.
    private func append(to builder: ColumnBuilder, _ handle: OpaquePointer, _ index: inout Int32) throws -> Int {
      let column = index
      index += builder.type == .window ? 2 : 1
      if sqlite3_column_type(handle, column) == SQLITE_NULL {
        builder.appendNull()
        return 0
      }
      switch builder.type {
      case .boolean: builder.append(boolean: sqlite3_column_int64(handle, column) != 0)
      case .int, .bigint: builder.append(int64: sqlite3_column_int64(handle, column))
      case .double:
        // SQLite has no NaN; it is there as text.
        let isNaN = sqlite3_column_type(handle, column) == SQLITE_TEXT
        builder.append(double: isNaN ? .nan : sqlite3_column_double(handle, column))
      case .decimal(_, let scale):
        builder.append(
          unscaled: try Self.text(handle, column) {
            DecimalText.unscaled($0, precision: DataType.maximumPrecision, scale: scale)
          })
      case .string:
        return Self.withText(handle, column) { text in
          builder.append(utf8: text)
          return text.count > 12 ? text.count : 0
        }
      case .date: builder.append(int64: try Self.text(handle, column) { ViewTimes.days($0) })
      case .timestamp: builder.append(int64: try Self.text(handle, column) { ViewTimes.microseconds($0) })
      case .window:
        builder.append(
          windowFrom: try Self.text(handle, column) { ViewTimes.microseconds($0) },
          to: try Self.text(handle, column + 1) { ViewTimes.microseconds($0) })
      }
      return 0
    }

    private static func withText<Result>(
      _ handle: OpaquePointer, _ column: Int32, _ body: (UnsafeBufferPointer<UInt8>) throws -> Result
    ) rethrows -> Result {
      // In this order: the first may convert the value.
      let text = sqlite3_column_text(handle, column)
      return try body(UnsafeBufferPointer(start: text, count: Int(sqlite3_column_bytes(handle, column))))
    }

    private static func text<Result>(
      _ handle: OpaquePointer, _ column: Int32, _ parse: (UnsafeBufferPointer<UInt8>) -> Result?
    ) throws -> Result {
      try withText(handle, column) { text in
        guard let value = parse(text) else {
          throw TidemillError(
            .badInput,
            "a view's database holds `\(String(decoding: text.prefix(40), as: UTF8.self))`, which no job has written",
            hint: "nothing else may write there; begin anew with a new checkpoint")
        }
        return value
      }
    }
  }

  /// Times as the sink writes them.
  enum ViewTimes {
    static func microseconds(_ text: UnsafeBufferPointer<UInt8>) -> Int64? {
      if let time = TimestampText.microseconds(text) { return time }
      // Years of more than four digits.
      guard let end = text.firstIndex(of: UInt8(ascii: "T")), let days = days(UnsafeBufferPointer(rebasing: text[..<end]))
      else {
        return nil
      }
      var ofDay = [UInt8]("1970-01-01".utf8)
      ofDay += text[end...]
      return ofDay.withUnsafeBufferPointer { TimestampText.microseconds($0) }.map { days * Calendar.microsecondsPerDay + $0 }
    }

    static func days(_ text: UnsafeBufferPointer<UInt8>) -> Int64? {
      if let days = TimestampText.days(text) { return days }
      guard let sign = text.first, sign == UInt8(ascii: "+") || sign == UInt8(ascii: "-") else { return nil }
      let parts = text.dropFirst().split(separator: UInt8(ascii: "-")).map { Int64(String(decoding: $0, as: UTF8.self)) }
      guard parts.count == 3, let year = parts[0], let month = parts[1], let day = parts[2] else { return nil }
      return Calendar.days(year: sign == UInt8(ascii: "-") ? -year : year, month: month, day: day)
    }
  }
#endif
