import TidemillColumns
import TidemillConnectors
import TidemillFormats

/// Slices and tasks over lines that come in once: from memory while they are there, from their store afterwards.
///
/// Positions are offsets in the input. Calls are the source's: one at a time.
struct SpooledLines: Sendable {
  /// The origin of rows, for messages.
  let name: String
  let format: any RecordFormat
  let input: LineInput
  /// `nil`: lines are only in memory.
  let store: (any LineStore)?
  /// About how many bytes a task reads.
  let pieceSize: Int

  /// What there is beyond `position`, durable when this returns.
  func nextSlice(after position: SourcePosition, byteLimit: Int) throws -> SourceSlice? {
    var offset = try self.offset(of: position)
    // Asked before looking, so that a failure does not hide lines that came before it.
    let failure = input.failure
    // What was taken is on disk, and has been handed to its tasks.
    if store != nil { input.drop(before: offset) }
    var pieces: [SpoolPiece] = []
    var remaining = max(byteLimit, 1)
    while remaining > 0, let (segment, start, bytes) = try block(from: offset) {
      let cut = linePieces(bytes, size: pieceSize, limit: remaining)
      for piece in cut {
        let from = start + piece.lowerBound - bytes.startIndex
        pieces.append(SpoolPiece(segment: segment, range: from..<from + piece.count))
        remaining -= piece.count
        offset = from + piece.count
      }
    }
    input.take(upTo: offset)
    if pieces.isEmpty {
      if let failure { throw failure }
      return nil
    }
    try store?.sync()
    return SourceSlice(
      record: SpoolPiece.encode(pieces), end: encode(offset), byteCount: pieces.reduce(0) { $0 + $1.range.count },
      reachesEnd: try block(from: offset) == nil)
  }

  /// Whole lines from `offset` on, from memory or the store.
  func block(from offset: Int) throws -> (segment: Int, start: Int, bytes: ArraySlice<UInt8>)? {
    let block = input.block(from: offset)
    let end = input.end
    if let segment = store?.segment(from: offset), block.map({ $0.start > max(offset, segment.start) }) ?? true {
      let from = max(offset, segment.start)
      // What the reading thread has just written is taken from memory when it is there.
      let to = min(segment.end, block?.start ?? end)
      if from < to { return (segment.start, from, try store!.read(from..<to, segment: segment.start).lines) }
    }
    guard let block else { return nil }
    let from = max(offset, block.start)
    return (block.segment, from, block.bytes[(from - block.start)...])
  }

  func tasks(for slice: SourceSlice) throws -> [any ReadTask] {
    let pieces = try undamaged("slice record", of: name) { try SpoolPiece.decode(slice.record) }
    return try pieces.map { piece in
      var held: ArraySlice<UInt8>?
      if let block = input.block(from: piece.range.lowerBound), block.start <= piece.range.lowerBound,
        block.end >= piece.range.upperBound
      {
        held = block.bytes[piece.range.lowerBound - block.start..<piece.range.upperBound - block.start]
      } else if store == nil {
        throw TidemillError(
          .badInput, "the bytes \(piece.range.lowerBound) to \(piece.range.upperBound) of \(name) are gone",
          hint: "give the query a checkpoint directory, so that its input is kept")
      }
      return SpoolTask(
        piece: piece, origin: name, format: format, header: held.map { _ in input.header }, held: held, spool: store)
    }
  }

  private func encode(_ offset: Int) -> SourcePosition {
    var writer = ByteWriter()
    writer.write(varint: offset)
    return SourcePosition(writer.bytes)
  }

  /// The offset that a position says.
  func offset(of position: SourcePosition) throws -> Int {
    if position.bytes.isEmpty { return 0 }
    var reader = ByteReader(position.bytes)
    let offset = try undamaged("position", of: name) { try reader.readVarint() }
    guard offset <= input.end else {
      throw TidemillError(
        .checkpoint, "\(name) was read up to byte \(offset), but only \(input.end) bytes of it are kept",
        hint: "restore the checkpoint's directory as a whole, or start with a new one")
    }
    return offset
  }
}
