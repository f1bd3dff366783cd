/// What bytes from outside turned out to be when they are not what they should be.
public struct CorruptBytes: Error, CustomStringConvertible, Sendable {
  public let description: String

  /// An error that says what was wanted and what was found.
  public init(_ description: String) { self.description = description }
}

/// Reads what a `ByteWriter` wrote. Bytes that end early or make no sense throw `CorruptBytes`, never trap.
public struct ByteReader: Sendable {
  private let bytes: [UInt8]
  /// How many bytes have been read.
  public private(set) var offset: Int

  /// Reads `bytes` from `offset` on, which must lie within them.
  public init(_ bytes: [UInt8], offset: Int = 0) {
    self.bytes = bytes
    self.offset = offset
  }

  /// Whether nothing is left.
  public var isAtEnd: Bool { offset == bytes.count }

  private mutating func take(_ count: Int) throws -> Range<Int> {
    guard count >= 0, count <= bytes.count - offset else {
      throw CorruptBytes("\(count) bytes wanted at offset \(offset) of \(bytes.count)")
    }
    let start = offset
    offset += count
    return start..<offset
  }

  /// One byte.
  public mutating func readByte() throws -> UInt8 { bytes[try take(1).lowerBound] }

  /// What `ByteWriter.write(bool:)` wrote.
  public mutating func readBool() throws -> Bool { try readByte() != 0 }

  /// What `ByteWriter.write(varint:)` wrote: a number from 0 on.
  public mutating func readVarint() throws -> Int {
    var value: UInt64 = 0
    var shift: UInt64 = 0
    while true {
      let byte = try readByte()
      value |= UInt64(byte & 0x7F) << shift
      if byte < 0x80 { break }
      shift += 7
      if shift > 56 { throw CorruptBytes("a length of more than 63 bits at offset \(offset)") }
    }
    return Int(value)
  }

  /// A number of fixed width, little-endian.
  public mutating func read<Integer: FixedWidthInteger>(_: Integer.Type = Integer.self) throws -> Integer {
    let range = try take(MemoryLayout<Integer>.size)
    return bytes.withUnsafeBytes { Integer(littleEndian: $0.loadUnaligned(fromByteOffset: range.lowerBound, as: Integer.self)) }
  }

  /// A double, bit by bit.
  public mutating func readDouble() throws -> Double { Double(bitPattern: try read(UInt64.self)) }

  /// Text with its length before it.
  public mutating func readString() throws -> String {
    let range = try take(try readVarint())
    guard let string = String(validating: bytes[range], as: UTF8.self) else {
      throw CorruptBytes("text at offset \(range.lowerBound) is not UTF-8")
    }
    return string
  }

  /// Bytes with their count before them.
  public mutating func readRaw() throws -> [UInt8] { Array(bytes[try take(try readVarint())]) }

  /// Elements with their count before them, as they lay in memory.
  public mutating func readBuffer<Element: BitwiseCopyable>(of _: Element.Type = Element.self) throws -> Buffer<Element> {
    let count = try readVarint()
    let (size, overflow) = count.multipliedReportingOverflow(by: MemoryLayout<Element>.stride)
    if overflow { throw CorruptBytes("\(count) elements at offset \(offset)") }
    let range = try take(size)
    let buffer = Buffer<Element>(capacity: count)
    bytes.withUnsafeBytes { source in
      UnsafeMutableRawBufferPointer(start: buffer.base, count: size).copyMemory(
        from: UnsafeRawBufferPointer(rebasing: source[range]))
    }
    buffer.count = count
    return buffer
  }
}
