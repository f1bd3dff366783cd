import TidemillColumns
import TidemillConnectors
import TidemillFiles
import TidemillFormats

/// A stream into which events are pushed; one partition.
///
/// With a checkpoint, what `push` has returned for is on the disk and counts exactly once, whatever dies when: a restarted job first
/// takes what is kept and was not yet read. Without one it is only in memory, until released. In both cases pushes are refused while
/// too much waits for the job's epochs.
///
/// The stream ends with its job only: until then the job waits for pushes, as it does for files in a directory.
public final class PushStream: Source {
  /// What queries call the stream.
  public let name: String
  /// The columns that it was declared with.
  public let schema: Schema
  /// How many bytes may wait for the job's epochs before pushes are refused.
  public let waitingLimit: Int
  private let input: LineInput
  private let spool: PushSpool?
  private let writer: PushWriter
  private let lines: SpooledLines

  /// - Parameters:
  ///   - schema: the columns that the stream was declared with.
  ///   - format: reads them; without a header line.
  ///   - spoolDirectory: where to keep what was pushed; `nil` for a job without a checkpoint.
  ///   - waitingLimit: in bytes; a single push may be larger when nothing else waits.
  /// - Throws: `TidemillError.checkpoint` when what is kept is damaged; `FileError`.
  public init(
    name: String, schema: Schema, format: any RecordFormat, spoolDirectory: String? = nil, files: (any FileSystem)? = nil,
    waitingLimit: Int = 64 << 20, pieceSize: Int = 1 << 20, segmentSize: Int = 16 << 20
  ) throws {
    precondition(waitingLimit > 0 && pieceSize > 0 && segmentSize > 0, "sizes are positive")
    precondition(spoolDirectory == nil || files != nil, "a spool needs a file system")
    precondition(!format.hasHeader, "what is pushed has no header")
    self.name = name
    self.schema = schema
    self.waitingLimit = waitingLimit
    var keys = PushKeys()
    spool =
      if let spoolDirectory, let files {
        try PushSpool(directory: spoolDirectory, files: files, segmentSize: segmentSize, keys: &keys)
      } else { nil }
    input = LineInput(start: spool?.end ?? 0, readAheadLimit: waitingLimit)
    lines = SpooledLines(name: name, format: format, input: input, store: spool, pieceSize: pieceSize)
    writer = PushWriter(name: name, input: input, spool: spool, keys: keys, limit: waitingLimit)
  }

  public var description: String { "pushed into \(name)" }

  /// Adds events. When this returns they are on the disk, if the job has a checkpoint, and count.
  ///
  /// - Parameters:
  ///   - lines: whole lines of the stream's format; the last one counts without its line end, too.
  ///   - key: names this push, in at most 255 bytes: what was pushed under a key is not added again. The last 65,536 keys are known.
  ///     A push with the key of one that is still being written waits for that.
  /// - Returns: what was added.
  /// - Throws: `PushRefusal`; `TidemillError` with code `badInput` for a key that is too long or empty, with code `io` when the disk does
  ///   not take the events. None of them counts then, unless what was written could not be taken back either; with its key the same push may
  ///   be tried again in any case.
  public func push(_ lines: [UInt8], key: String? = nil) async throws -> PushReceipt {
    try await writer.push(lines, key: key)
  }

  /// Bytes that were pushed and that no epoch has taken yet, those that are being written among them.
  public var waitingBytes: Int { writer.waitingBytes }

  // MARK: The source

  public func waitForInput(timeout: Duration) async throws {
    try await input.signal.wait(timeout: timeout) { [input] in input.hasNews }
  }

  public func nextSlice(after position: SourcePosition, byteLimit: Int, isFinal: Bool) async throws -> SourceSlice? {
    let slice = try lines.nextSlice(after: position, byteLimit: byteLimit)
    writer.take(upTo: try lines.offset(of: slice?.end ?? position))
    return slice
  }

  public func tasks(for slice: SourceSlice) throws -> [any ReadTask] { try lines.tasks(for: slice) }

  public func release(before position: SourcePosition) async throws {
    let offset = try lines.offset(of: position)
    if let spool { try await spool.release(before: offset) { [writer] in writer.keys(before: $0) } }
    input.drop(before: offset)
    input.forgetLines(before: offset)
  }

  public func interrupt() { writer.end() }

  public func close() async {
    writer.end()
    await writer.finish()
  }
}
