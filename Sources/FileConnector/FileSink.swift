import Synchronization
import TidemillColumns
import TidemillConnectors
import TidemillFiles
import TidemillFormats
import TidemillPlan

/// Part files in a directory, exactly once: a reader that takes the names not beginning with `_` or `.` never sees a row twice,
/// a torn file or an epoch that is not committed.
///
/// In append and update mode each epoch with changes makes one file, `part-<epoch>.<extension>`; in complete mode there is one
/// file, `result.<extension>`, replaced each time. A file is written under a name beginning with `_tmp-`, made durable, and
/// renamed. An epoch whose file is there is not written again: replay gives the same content.
///
/// A file has one sync, before it gets its name, and its directory has one after; nothing of it is durable earlier, and with
/// `syncs` off nothing is synced at all. A large result is encoded by several threads, block by block, and written in order.
///
/// Errors of the file system pass through as they are.
public final class FileSink: Sink {
  /// How the sink treats its directory.
  public struct Options: Hashable, Sendable {
    /// Removes what another job left, instead of refusing to add to it: option `overwrite 'true'`.
    public var overwrites: Bool
    /// Makes files durable before they get their names; without it the last ones may be empty or gone after a power failure:
    /// option `sync 'false'`.
    public var syncs: Bool
    /// How many rows are encoded at a time, by each thread; bounds the memory of large results, and should leave their text small
    /// enough to be still in the processor's cache when it is written.
    public var rowsAtATime: Int
    /// How many threads encode a large result; `nil` for one a core.
    public var threads: Int?

    /// Options given by a program; `rowsAtATime` and `threads` must be positive.
    public init(overwrites: Bool = false, syncs: Bool = true, rowsAtATime: Int = 1 << 12, threads: Int? = nil) {
      precondition(rowsAtATime > 0, "at least one row is written at a time")
      precondition(threads ?? 1 > 0, "at least one thread encodes")
      self.overwrites = overwrites
      self.syncs = syncs
      self.rowsAtATime = rowsAtATime
      self.threads = threads
    }
  }

  public let description: String
  private let directory: String
  private let names: PartNames
  private let writer: any RecordWriter
  private let files: any FileSystem
  private let options: Options
  private let state = Mutex(State())

  private struct State: Sendable {
    var mode: OutputMode?
    /// The epochs whose files are there, as far as they may come again.
    var written: Set<UInt64> = []
  }

  /// - Parameter fileExtension: without a dot, such as `json`; names the files.
  public init(
    directory: String, writer: any RecordWriter, fileExtension: String, files: any FileSystem, options: Options = Options()
  ) {
    self.directory = directory
    self.writer = writer
    self.files = files
    self.options = options
    names = PartNames(fileExtension: fileExtension)
    description = "\(fileExtension) files in \(directory)"
  }

  public func open(_ shape: ResultShape, lastEpoch: Epoch) async throws {
    try files.createDirectory(directory)
    let found = try files.names(in: directory)
    let stale = found.filter { names.isTemporary($0) }
    let foreign = foreignNames(found, mode: shape.mode, lastEpoch: lastEpoch)
    if !foreign.isEmpty && !options.overwrites { throw refusal(foreign, lastEpoch: lastEpoch) }
    for name in stale + foreign.sorted() { try files.remove(join(directory, name)) }
    // Also what a killed process renamed and had no time to sync: epochs found here are not written again.
    if options.syncs { try files.syncDirectory(directory) }
    let written = Set(found.filter { !foreign.contains($0) }.compactMap { names.epoch(of: $0)?.number })
    state.withLock {
      $0.mode = shape.mode
      $0.written = written
    }
  }

  /// The results in the directory that are not of this job: those beyond what its checkpoint knows, and those of another mode.
  private func foreignNames(_ found: [String], mode: OutputMode, lastEpoch: Epoch) -> Set<String> {
    Set(
      found.filter { name in
        if let epoch = names.epoch(of: name) { return mode == .complete || epoch > lastEpoch }
        return name == names.result && mode != .complete
      })
  }

  private func refusal(_ foreign: Set<String>, lastEpoch: Epoch) -> TidemillError {
    let example = foreign.min()!
    let rest = foreign.count == 1 ? "" : " and \(foreign.count - 1) more"
    let why =
      lastEpoch == .none
      ? "this job is new" : "this job's checkpoint ends at epoch \(lastEpoch), or its output mode was another"
    return TidemillError(
      .badInput, "\(directory) holds results of another job (\(example)\(rest)): \(why), so readers would see rows twice",
      hint: "write to an empty directory, go on with the job's own checkpoint, or remove the old results with overwrite 'true'")
  }

  public func write(_ batch: Batch, epoch: Epoch) async throws {
    let (mode, isWritten) = state.withLock { ($0.mode, $0.written.contains(epoch.number)) }
    guard let mode else { preconditionFailure("a sink is opened before it is written to") }
    if mode == .complete {
      try writeFile(names.result, batch)
    } else if batch.count > 0 && !isWritten {
      try writeFile(names.part(epoch), batch)
      state.withLock { state in
        // Epochs come in order: those before this one will not come again.
        state.written = state.written.filter { $0 > epoch.number }
        state.written.insert(epoch.number)
      }
    }
  }

  private func writeFile(_ name: String, _ batch: Batch) throws {
    let temporary = join(directory, names.temporary(name))
    let file = try files.create(temporary)
    do {
      let header = writer.header(batch.schema)
      if !header.isEmpty { try file.write(header) }
      let blocks = RowBlocks(writer, batch, rowsPerBlock: options.rowsAtATime)
      try blocks.forEach(threads: options.threads) { try file.write($0) }
      if options.syncs { try file.sync() }
    } catch {
      // The error that matters is the one at hand; the rest is removed when the sink is opened again.
      try? file.close()
      throw error
    }
    try file.close()
    try files.rename(temporary, to: join(directory, name))
    if options.syncs { try files.syncDirectory(directory) }
  }

  public func close() async throws {}
}
