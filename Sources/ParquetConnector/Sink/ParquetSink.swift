#if Lake
  import FileConnector
  import LakeFiles
  import Synchronization
  import TidemillColumns
  import TidemillConnectors
  import TidemillPlan

  /// Parquet files in a directory or an object store, exactly once: a reader that takes the names not beginning with `_` or `.` never
  /// sees a row twice, a torn file, or one of an epoch that is not committed.
  ///
  /// In append mode each epoch with rows makes one file, `part-<epoch>.parquet`, in each directory that it has rows for; in complete
  /// mode there is one file, `result.parquet`, replaced each time. A file whose name is there is not written again: replay gives the
  /// same rows. Files of one epoch appear one after the other.
  ///
  /// A file is durable before it has its name; nothing else is kept, so that a job's checkpoint and the folder tell all there is to
  /// know.
  public final class ParquetSink: Sink {
    /// How the sink writes.
    struct Options: Sendable {
      var writing = ParquetWriter.Options()
      /// Names of columns by which files lie apart.
      var partitionBy: [String] = []
      /// Removes what another job left, instead of refusing to add to it.
      var overwrites = false
    }

    private struct State: Sendable {
      var shape: ResultShape
      var partitions: [DirectoryColumn]
      /// Which of the result's columns are in the files.
      var stored: [Int]
      /// What was found in the folder, as far as it may come again: paths by their bytes, as disks and stores tell them apart.
      var written: [[UInt8]: Epoch]

      func isWritten(_ path: String) -> Bool { written[Array(path.utf8)] != nil }
    }

    public let description: String
    private let folder: any ResultFolder
    private let options: Options
    private let owner: String
    private let names = PartNames(fileExtension: "parquet")
    private let state = Mutex<State?>(nil)

    /// - Parameter owner: `sink hourly`, for messages.
    init(_ folder: any ResultFolder, options: Options = Options(), owner: String) {
      self.folder = folder
      self.options = options
      self.owner = owner
      description = "parquet files in \(folder.description)"
    }

    public func open(_ shape: ResultShape, lastEpoch: Epoch) async throws {
      let partitions = try options.partitionBy.map { try DirectoryColumn($0, of: shape.schema, owner: owner) }
      try check(shape, partitions)
      let found = try folder.open()
      let stale = found.filter { names.isTemporary(Self.name($0)) }
      let foreign = found.filter { isForeign($0, mode: shape.mode, lastEpoch: lastEpoch) }
      if !foreign.isEmpty && !options.overwrites { throw refusal(foreign, lastEpoch: lastEpoch) }
      let gone = stale + foreign
      for path in gone { try folder.remove(path) }
      // Also what a killed process renamed and had no time to sync: it had settled all epochs before its last.
      let last = found.compactMap { names.epoch(of: Self.name($0)) }.max()
      try folder.settle(gone + found.filter { names.epoch(of: Self.name($0)) == last })
      let inPath = Set(partitions.filter { !$0.isDay }.map(\.source))
      var written: [[UInt8]: Epoch] = [:]
      for path in found {
        if let epoch = names.epoch(of: Self.name(path)) { written[Array(path.utf8)] = epoch }
      }
      for path in gone { written[Array(path.utf8)] = nil }
      state.withLock { [written] in
        $0 = State(
          shape: shape, partitions: partitions, stored: shape.schema.fields.indices.filter { !inPath.contains($0) },
          written: written)
      }
    }

    private func check(_ shape: ResultShape, _ partitions: [DirectoryColumn]) throws {
      if shape.mode == .update {
        throw TidemillError(
          .unsupported, "\(owner): Parquet files cannot be changed, so there is no update mode USING parquet",
          hint: "write finished results with mode 'append', or a table that is kept up to date USING delta")
      }
      if shape.mode == .complete, !partitions.isEmpty {
        throw TidemillError(
          .unsupported, "\(owner): a complete result in several directories could not be replaced at once",
          hint: "leave out partitionBy, or write USING delta")
      }
      let sources = partitions.filter { !$0.isDay }.map(\.source)
      guard sources.count < shape.schema.count else {
        throw TidemillError(
          .invalidQuery, "\(owner): partitionBy names all columns, so that none is left for the files",
          hint: "leave one of them out")
      }
      for field in shape.schema.fields where partitions.contains(where: { $0.isDay && $0.name == field.name }) {
        throw TidemillError(
          .invalidQuery, "\(owner): the column \(field.name) has the name of a partition that is made",
          hint: "partition by \(field.name), or give the column another name")
      }
    }

    private static func name(_ path: String) -> String { path.split(separator: "/").last.map(String.init) ?? path }

    /// Whether a result is not of this job: beyond what its checkpoint knows, or of another mode.
    private func isForeign(_ path: String, mode: OutputMode, lastEpoch: Epoch) -> Bool {
      let name = Self.name(path)
      if let epoch = names.epoch(of: name) { return mode == .complete || epoch > lastEpoch }
      return name == names.result && mode != .complete
    }

    private func refusal(_ foreign: [String], lastEpoch: Epoch) -> TidemillError {
      let rest = foreign.count == 1 ? "" : " and \(foreign.count - 1) more"
      let why =
        lastEpoch == .none
        ? "this job is new" : "this job's checkpoint ends at epoch \(lastEpoch), or its output mode was another"
      return TidemillError(
        .badInput,
        "\(folder.description) holds results of another job (\(foreign[0])\(rest)): \(why), so readers would see rows twice",
        hint:
          "write to an empty directory, go on with the job's own checkpoint, or remove the old results with overwrite 'true'")
    }

    public func write(_ batch: Batch, epoch: Epoch) async throws {
      guard let state = state.withLock({ $0 }) else { preconditionFailure("a sink is opened before it is written to") }
      if state.shape.mode == .complete {
        try write(batch, to: names.result, state)
        try folder.settle([names.result])
        return
      }
      if batch.count == 0 { return }
      var paths: [String] = []
      if state.partitions.isEmpty {
        paths.append(names.part(epoch))
        if !state.isWritten(paths[0]) { try write(batch, to: paths[0], state) }
      } else {
        for part in try RowsByDirectory(batch, by: state.partitions, zone: state.shape.zone, owner: owner).parts {
          let path = "\(part.directory)/\(names.part(epoch))"
          paths.append(path)
          if state.isWritten(path) { continue }
          try write(part.rows.count == batch.count ? batch : batch.selecting(part.rows), to: path, state)
        }
      }
      try folder.settle(paths)
      self.state.withLock { state in
        // Epochs come in order: those up to this one will not come again, unless the job is started anew.
        if !state!.written.isEmpty { state!.written = state!.written.filter { $0.value > epoch } }
        for path in paths { state!.written[Array(path.utf8)] = epoch }
      }
    }

    private func write(_ batch: Batch, to path: String, _ state: State) throws {
      do {
        let schema = Schema(state.stored.map { state.shape.schema[$0] })
        let stored = Batch(schema: schema, count: batch.count, columns: state.stored.map { batch.columns[$0] })
        try folder.write(path) { write in
          // The writer calls it no longer than this call lasts.
          try withoutActuallyEscaping(write) { write in
            let writer = try ParquetWriter(schema, options: options.writing, write: write)
            try writer.append(stored)
            _ = try writer.close()
          }
        }
      } catch let failure as ArrowFailure {
        throw TidemillError(
          .io, "\(folder.description)/\(path) cannot be written: \(failure)", hint: "check the disk or the store")
      }
    }

    public func close() async throws {}
  }
#endif
