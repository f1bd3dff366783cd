#if Lake
  import ParquetConnector
  import TidemillColumns
  import TidemillConnectors

  /// A file that one lane reads, row group by row group; or what stands for it when no query looks at its rows.
  struct DeltaFileTask: ReadTask {
    let file: TableFile
    let constants: [Int: Value]
    let skipped: SkippedRows?
    let files: FileCache

    var partition: Int { 0 }

    func read(latest: EventTime) throws -> ReadResult {
      // Rows that are too far ahead of the clock have to be rejected one by one.
      if let skipped, skipped.highest.map({ $0 <= latest }) ?? true {
        var result = ReadResult(batch: .empty(files.request.schema), rejected: [], byteCount: 0)
        result.skipped = skipped
        return result
      }
      return try ChainedTasks(try groups()).read(latest: latest, schema: files.request.schema)
    }

    /// The file's row groups as tasks.
    func groups() throws -> [ParquetTask] {
      guard let opened = try files.open(file.path, constants: constants) else { throw files.gone(file.path) }
      let part = ParquetPart(
        path: file.path, groups: 0..<opened.groupCount, size: opened.size, fingerprint: opened.fingerprint,
        constants: constants)
      return part.groups.map { ParquetTask(part: part, group: $0, files: files) }
    }
  }

  /// Tasks of which each is read when those before it are.
  private struct ChainedTasks: ReadTask {
    private var tasks: ArraySlice<any ReadTask>

    init(_ tasks: [any ReadTask]) { self.tasks = tasks[...] }

    var partition: Int { 0 }

    func read(latest: EventTime) throws -> ReadResult { try read(latest: latest, schema: Schema()) }

    /// - Parameter schema: of the batch when there is no task.
    func read(latest: EventTime, schema: Schema) throws -> ReadResult {
      guard let first = tasks.first else { return ReadResult(batch: .empty(schema), rejected: [], byteCount: 0) }
      var result = try first.read(latest: latest)
      var left = self
      left.tasks = left.tasks.dropFirst()
      if let rest = result.rest { left.tasks = [rest] + left.tasks }
      result.rest = left.tasks.isEmpty ? nil : left
      return result
    }
  }
#endif
