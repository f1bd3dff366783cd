import SimdjsonBridge
import TidemillColumns
import TidemillConnectors

/// The decoding of one chunk of JSON lines: by what was learnt of the stream where its records follow that, else the general way.
///
/// Both append to the same columns, in the order of the lines. What comes out never depends on what was learnt.
final class JSONDecoding {
  /// Learnt records are not longer. The general way knows the limits of long ones.
  static let longestRecord = 1 << 20
  /// How far behind a line feed the readers of learnt records may look.
  private static let slack = 64

  private let bytes: UnsafeBufferPointer<UInt8>
  private let columns: JSONColumns
  private let general: JSONBridgeReader
  private let zone: SessionZone

  init(_ request: ReadRequest, bytes: UnsafeBufferPointer<UInt8>, rowEstimate: Int, plan: JSONPlan) {
    self.bytes = bytes
    zone = request.zone
    // The bridge wants room for a whole piece of text in each heap; pages that nothing is written to cost nothing.
    columns = JSONColumns(request.schema, rowEstimate: rowEstimate, heapEstimate: min(bytes.count, 128 << 10) + 256)
    general = JSONBridgeReader(columns, bytes, plan, request.zone)
  }

  /// Appends the rows of the whole lines in `range`, the general way.
  func decode(_ range: Range<Int>, rejectingInto assembler: inout RowAssembler) throws {
    try general.decode(range, rejectingInto: &assembler)
  }

  /// Appends the rows of the whole lines in `range`, by what `automaton` knows, and teaches it.
  func decode(_ range: Range<Int>, by automaton: JSONAutomaton, rejectingInto assembler: inout RowAssembler) throws {
    guard let base = bytes.baseAddress else { return }
    let safe = lastLineEnd(range)
    automaton.prepare(byteCount: range.count)
    var position = range.lowerBound
    while position < safe {
      if automaton.trust.rest > 0 {
        let end = lineEnd(min(position + automaton.trust.rest, safe) - 1)
        try general.decode(position..<end, rejectingInto: &assembler)
        automaton.trust.pass(end - position)
        position = end
        continue
      }
      var walk = JSONWalk(columns, bytes: base, zone: zone, start: position, limit: safe, end: safe)
      let isOver = walk.run(automaton)
      automaton.trust.follow(walk.row - columns.rowCount)
      columns.rowCount = walk.row
      position = walk.start
      if isOver { break }
      position = try readMisses(position, safe, automaton, &assembler)
    }
    try general.decode(position..<range.upperBound, rejectingInto: &assembler)
  }

  /// Appends the rows of all bytes, if every record follows what `automaton` knows. They may change meanwhile; behind them are 64
  /// readable bytes and a zero byte.
  ///
  /// - Returns: whether it did. If not, what the columns hold is of no use.
  func follow(by automaton: JSONAutomaton) -> Bool {
    guard let base = bytes.baseAddress, automaton.trust.rest == 0 else { return false }
    automaton.prepare(byteCount: bytes.count)
    var walk = JSONWalk(columns, bytes: base, zone: zone, start: 0, limit: bytes.count, end: bytes.count)
    guard walk.run(automaton), walk.start == bytes.count else { return false }
    automaton.trust.follow(walk.row - columns.rowCount)
    columns.rowCount = walk.row
    return true
  }

  /// Reads the record at `position`, which does not follow what was learnt, and those behind it that do not either, together.
  /// Returns where the next one begins.
  private func readMisses(
    _ position: Int, _ limit: Int, _ automaton: JSONAutomaton, _ assembler: inout RowAssembler
  ) throws -> Int {
    let base = bytes.baseAddress!
    var count = 1
    var end = lineEnd(position)
    while count < automaton.trust.patience, end < limit {
      // Whatever it writes, it writes behind the last row, where the general way will write.
      var probe = JSONWalk(columns, bytes: base, zone: zone, start: end, limit: end + 1, end: limit)
      if probe.run(automaton) { break }
      count += 1
      end = lineEnd(end)
    }
    let firstRow = columns.rowCount
    try general.decode(position..<end, rejectingInto: &assembler)
    var taught = false
    if !automaton.isFull {
      for row in firstRow..<min(columns.rowCount, firstRow + 4) {
        let start = Int(columns.rowOffsets.base[row])
        let line = UnsafeBufferPointer(rebasing: bytes[start..<lineEnd(start)])
        if line.count <= Self.longestRecord, JSONLearner.learn(line, automaton) { taught = true }
      }
    }
    if automaton.trust.miss(count, taught: taught), automaton.isFull { automaton.reset() }
    return end
  }

  /// Behind the line feed at or after `place`.
  private func lineEnd(_ place: Int) -> Int {
    min(LineScan.end(bytes.baseAddress!, from: place, to: bytes.count) + 1, bytes.count)
  }

  /// Behind the last line feed in `range` that has enough readable bytes behind it.
  private func lastLineEnd(_ range: Range<Int>) -> Int {
    var end = min(range.upperBound, bytes.count - Self.slack)
    while end > range.lowerBound, bytes[end - 1] != UInt8(ascii: "\n") { end -= 1 }
    return max(end, range.lowerBound)
  }

  /// What all ranges together gave.
  func finish(_ assembler: inout RowAssembler) -> ReadResult {
    let count = columns.rowCount
    return assembler.finish(columns.finish(), rowOffsets: columns.rowOffsets.base, count: count)
  }
}
