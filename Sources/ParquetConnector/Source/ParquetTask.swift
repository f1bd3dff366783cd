#if Lake
  import LakeFiles
  import TidemillColumns
  import TidemillConnectors

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
#endif
