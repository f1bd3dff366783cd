import TidemillColumns
import TidemillConnectors
import TidemillFormats

let textSchema = Schema(Field("text", .string))

/// The smallest line format: a line is one string; `bad` is malformed. With a header, values are `<header>=<line>`.
struct TestLines: RecordFormat {
  var hasHeader = false
  var prefix = ""

  func withHeader(_ line: UnsafeBufferPointer<UInt8>) throws -> any RecordFormat {
    TestLines(hasHeader: true, prefix: String(decoding: line, as: UTF8.self) + "=")
  }

  func decode(
    _ bytes: UnsafeBufferPointer<UInt8>, origin: String, offset: Int, latest: EventTime
  ) throws -> ReadResult {
    var rows: [[Value]] = []
    var rejected: [RejectedRow] = []
    var start = 0
    for line in bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false) {
      defer { start += line.count + 1 }
      if line.isEmpty { continue }
      let text = String(decoding: line, as: UTF8.self)
      if text == "bad" {
        rejected.append(
          RejectedRow(reason: .malformed, detail: "bad", text: Array(line), origin: origin, offset: offset + start))
      } else {
        rows.append([.string(prefix + text)])
      }
    }
    return ReadResult(batch: Batch(schema: textSchema, rows: rows), rejected: rejected, byteCount: bytes.count)
  }
}

/// Writes each row's first value as a line.
struct TestWriter: RecordWriter {
  var heading = ""

  func header(_ schema: Schema) -> [UInt8] { Array(heading.utf8) }

  func append(_ batch: Batch, rows: Range<Int>, to block: Buffer<UInt8>) {
    for row in rows { for byte in "\(batch.row(row)[0])\n".utf8 { block.append(byte) } }
  }
}

/// The rows of a slice, in order, as texts.
func texts(_ source: some Source, _ slice: SourceSlice) throws -> [String] {
  try source.tasks(for: slice).flatMap { task in
    var texts: [String] = []
    var next: (any ReadTask)? = task
    while let task = next {
      let result = try task.read(latest: .distantFuture)
      texts += result.batch.rows.map { $0[0].description }
      next = result.rest
    }
    return texts
  }
}

/// All slices from `position` on, and their rows.
func readAll(
  _ source: some Source, from position: SourcePosition = .beginning, byteLimit: Int = 1 << 20, isFinal: Bool = false
) async throws -> (rows: [String], slices: [SourceSlice], end: SourcePosition) {
  var rows: [String] = []
  var slices: [SourceSlice] = []
  var position = position
  while let slice = try await source.nextSlice(after: position, byteLimit: byteLimit, isFinal: isFinal) {
    rows += try texts(source, slice)
    slices.append(slice)
    position = slice.end
  }
  return (rows, slices, position)
}

/// The error that `body` throws, if it is one of ours.
func tidemillError(_ body: () async throws -> Void) async -> TidemillError? {
  do {
    try await body()
    return nil
  } catch {
    return error as? TidemillError
  }
}
