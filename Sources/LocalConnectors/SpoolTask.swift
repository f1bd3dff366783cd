import TidemillColumns
import TidemillConnectors
import TidemillFormats

/// Whole lines of one segment of a spool: an entry of a slice's record.
struct SpoolPiece: Hashable, Sendable {
  var segment: Int
  /// In the input.
  var range: Range<Int>

  static func encode(_ pieces: [SpoolPiece]) -> [UInt8] {
    var writer = ByteWriter()
    writer.write(varint: pieces.count)
    for piece in pieces {
      writer.write(varint: piece.segment)
      writer.write(varint: piece.range.lowerBound)
      writer.write(varint: piece.range.count)
    }
    return writer.bytes
  }

  static func decode(_ bytes: [UInt8]) throws -> [SpoolPiece] {
    var reader = ByteReader(bytes)
    let count = try reader.readVarint()
    var pieces: [SpoolPiece] = []
    for _ in 0..<count { pieces.append(SpoolPiece(segment: try reader.readVarint(), range: try reader.readRange())) }
    return pieces
  }
}

/// A piece, with its bytes when they are still in memory.
struct SpoolTask: ReadTask {
  var piece: SpoolPiece
  var origin: String
  var format: any RecordFormat
  var header: [UInt8]?
  var held: ArraySlice<UInt8>?
  var spool: (any LineStore)?

  var partition: Int { 0 }

  func read(latest: EventTime) throws -> ReadResult {
    guard let held else {
      guard let spool else { preconditionFailure("a piece is in memory or in a spool") }
      let (header, lines) = try spool.read(piece.range, segment: piece.segment)
      return try decode(lines, header, latest)
    }
    return try decode(held, (header ?? [])[...], latest)
  }

  private func decode(_ lines: ArraySlice<UInt8>, _ header: ArraySlice<UInt8>, _ latest: EventTime) throws -> ReadResult {
    var format = format
    if format.hasHeader {
      var line = header
      if line.last == newline { line = line.dropLast() }
      if line.last == UInt8(ascii: "\r") { line = line.dropLast() }
      format = try line.withUnsafeBufferPointer { try format.withHeader($0) }
    }
    var result = try lines.withUnsafeBufferPointer {
      try format.decode($0, origin: origin, offset: piece.range.lowerBound, latest: latest)
    }
    result.byteCount = lines.count
    return result
  }
}
