#if Lake
  import LakeFiles
  import TidemillColumns
  import TidemillConnectors
  import TidemillFormats

  /// Which rows of a batch are accepted.
  package struct RowJudgement {
    private let file: OpenedFile
    private let latest: EventTime
    private let firstRow: Int
    private var failures: [Int: (reason: RejectedRow.Reason, column: Int)] = [:]

    /// - Parameters:
    ///   - latest: a row with a later event time is rejected.
    ///   - firstRow: the number in the file of the batch's first row.
    package init(_ file: OpenedFile, latest: EventTime, firstRow: Int) {
      self.file = file
      self.latest = latest
      self.firstRow = firstRow
    }

    private var request: ReadRequest { file.columns.request }

    /// The rows as columns of the request, without those that are rejected; `byteCount` is left at 0.
    package mutating func result(of rows: ArrowBatch) throws -> ReadResult {
      var failures: [Int: (reason: RejectedRow.Reason, column: Int)] = [:]
      let columns = try file.columns.columns(of: rows, name: file.name) { row, column in
        if failures[row] == nil { failures[row] = (.wrongType, column) }
      }
      self.failures = failures
      let batch = Batch(schema: request.schema, count: rows.count, columns: columns)
      if let eventTime = request.eventTime { checkEventTime(columns[eventTime], eventTime) }
      guard !self.failures.isEmpty else { return ReadResult(batch: batch, rejected: [], byteCount: 0) }
      let accepted = batch.selecting((0..<batch.count).filter { self.failures[$0] == nil })
      return ReadResult(batch: accepted, rejected: rejected(batch), byteCount: 0)
    }

    private mutating func checkEventTime(_ column: Column, _ ordinal: Int) {
      if let validity = column.validity?.base {
        for row in 0..<column.count where validity[row] == 0 && failures[row] == nil { failures[row] = (.missingTime, ordinal) }
      }
      let times = column.int64
      let limit = latest.microseconds
      // Hardly ever is one too late, and to know only that is quick.
      var isAnyLater: UInt64 = 0
      for row in 0..<column.count { isAnyLater |= times[row] > limit ? 1 : 0 }
      guard isAnyLater != 0 else { return }
      for row in 0..<column.count where times[row] > limit && failures[row] == nil { failures[row] = (.future, ordinal) }
    }

    /// The rows as JSON, as far as they were read.
    private func rejected(_ batch: Batch) -> [RejectedRow] {
      let writer = JSONWriter(zone: request.zone)
      return failures.sorted { $0.key < $1.key }.map { row, failure in
        var text: [UInt8] = []
        // What is no value of its type cannot be shown as one.
        let shown = Batch(
          schema: request.schema, count: 1,
          columns: batch.columns.enumerated().map { ordinal, column in
            guard failure.reason == .wrongType, ordinal == failure.column else { return column.selecting([row]) }
            let nothing = ColumnBuilder(column.type)
            nothing.appendNull()
            return nothing.finish()
          })
        writer.append(shown, to: &text)
        if text.last == UInt8(ascii: "\n") { text.removeLast() }
        return RejectedRow(
          reason: failure.reason, detail: detail(failure, batch, row), text: text, origin: file.name, offset: firstRow + row)
      }
    }

    private func detail(_ failure: (reason: RejectedRow.Reason, column: Int), _ batch: Batch, _ row: Int) -> String {
      let field = request.schema[failure.column]
      switch failure.reason {
      case .missingTime: return "\(field.name): no event time"
      case .future:
        let time = EventTime(microseconds: batch.columns[failure.column].int64[row])
        return "\(field.name): \(time) is too far ahead of the clock"
      case .wrongType, .malformed: return "\(field.name): the value is no \(field.type.sqlName)"
      }
    }
  }
#endif
