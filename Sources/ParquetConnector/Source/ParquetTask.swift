#if Lake
  import LakeFiles
  import Synchronization
  import TidemillColumns
  import TidemillConnectors
  import TidemillFormats

  /// One row group of a file, or what is left of it; read a batch at a time, so that what was decoded is soon used.
  package struct ParquetTask: ReadTask {
    /// Rows of a batch: few enough that they are still in the processor's cache when they are aggregated.
    static let batchRows = 1 << 14

    let part: ParquetPart
    let group: Int
    let files: FileCache
    /// The rows that are left, with the number in the file of the first of them; `nil` before the first batch.
    private var rest: Rest?

    private struct Rest {
      var file: OpenedFile
      var rows: ParquetRows
      var first: Int
      var end: Int
    }

    package init(part: ParquetPart, group: Int, files: FileCache) {
      self.part = part
      self.group = group
      self.files = files
    }

    package var partition: Int { 0 }

    package func read(latest: EventTime) throws -> ReadResult {
      let isFirst = rest == nil
      if isFirst, let skipped = try skipped(latest: latest) { return skipped }
      let rest = try rest ?? begin()
      do {
        guard let batch = try rest.rows.next() else {
          // A footer that says more rows than its pages hold.
          if rest.first < rest.end {
            throw ArrowFailure(.invalid, "row group \(group) ends \(rest.end - rest.first) rows early")
          }
          return ReadResult(batch: .empty(files.request.schema), rejected: [], byteCount: 0)
        }
        var judgement = RowJudgement(rest.file, latest: latest, firstRow: rest.first)
        var result = try judgement.result(of: batch)
        result.byteCount = isFirst ? try rest.file.bytes(ofGroup: group) : 0
        if rest.first + batch.count < rest.end {
          var left = self
          left.rest = rest
          left.rest!.first += batch.count
          result.rest = left
        }
        return result
      } catch let failure as ArrowFailure { throw OpenedFile.damaged(rest.file.name, failure) }
    }

    /// What stands for a row group that no query looks at.
    private func skipped(latest: EventTime) throws -> ReadResult? {
      if files.request.conditions.isEmpty { return nil }
      let file = try open()
      do throws(ArrowFailure) {
        guard let skipped = try RowGroupTest(file, group: group).skipped(latest: latest) else { return nil }
        var result = ReadResult(batch: .empty(files.request.schema), rejected: [], byteCount: 0)
        result.skipped = skipped
        return result
      } catch { throw OpenedFile.damaged(file.name, error) }
    }

    private func open() throws -> OpenedFile {
      let opened: OpenedFile?
      do { opened = try files.open(part.path, constants: part.constants) } catch is OpenedFile.Incomplete { opened = nil }
      guard let file = opened else { throw files.gone(part.path) }
      try part.verify(file)
      return file
    }

    private func begin() throws -> Rest {
      let file = try open()
      let groups = file.file.footer.groups
      let first = groups[..<group].reduce(0) { $0 + $1.rows }
      do {
        let rows = try file.file.rows(
          ParquetFile.Request(
            groups: [group], leaves: file.columns.leaves, batchRows: Self.batchRows, prefetches: files.place.isRemote))
        return Rest(file: file, rows: rows, first: first, end: first + groups[group].rows)
      } catch let failure as ArrowFailure { throw OpenedFile.damaged(file.name, failure) }
    }
  }

  /// Which rows of a batch are accepted.
  private struct RowJudgement {
    private let file: OpenedFile
    private let latest: EventTime
    private let firstRow: Int
    private var failures: [Int: (reason: RejectedRow.Reason, column: Int)] = [:]

    /// - Parameter firstRow: the number in the file of the batch's first row.
    init(_ file: OpenedFile, latest: EventTime, firstRow: Int) {
      self.file = file
      self.latest = latest
      self.firstRow = firstRow
    }

    private var request: ReadRequest { file.columns.request }

    mutating func result(of rows: ArrowBatch) throws -> ReadResult {
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
