/// Writes values into bytes for snapshots and log records: little-endian, lengths as variable-length integers.
public struct ByteWriter: Sendable {
  /// What was written so far.
  public private(set) var bytes: [UInt8] = []

  /// A writer that has written nothing.
  public init() {}

  /// One byte.
  public mutating func write(byte: UInt8) { bytes.append(byte) }

  /// One byte: 1 or 0.
  public mutating func write(bool: Bool) { bytes.append(bool ? 1 : 0) }

  /// LEB128.
  public mutating func write(varint value: Int) {
    precondition(value >= 0, "a length cannot be negative")
    var rest = UInt64(value)
    while rest >= 0x80 {
      bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
      rest >>= 7
    }
    bytes.append(UInt8(rest))
  }

  /// A number of fixed width, little-endian.
  public mutating func write<Integer: FixedWidthInteger>(_ value: Integer) {
    withUnsafeBytes(of: value.littleEndian) { bytes.append(contentsOf: $0) }
  }

  /// A double, bit by bit.
  public mutating func write(double: Double) { write(double.bitPattern) }

  /// UTF-8 with its length before it.
  public mutating func write(string: String) {
    var string = string
    string.withUTF8 { text in
      write(varint: text.count)
      bytes.append(contentsOf: text)
    }
  }

  /// Bytes with their count before them.
  public mutating func write(raw: [UInt8]) {
    write(varint: raw.count)
    bytes.append(contentsOf: raw)
  }

  /// Writes the memory of `count` elements, preceded by their number.
  public mutating func write<Element: BitwiseCopyable>(elements: UnsafePointer<Element>, count: Int) {
    write(varint: count)
    bytes.append(contentsOf: UnsafeRawBufferPointer(start: elements, count: count * MemoryLayout<Element>.stride))
  }

  /// Elements with their count before them, as they lie in memory.
  public mutating func write<Element: BitwiseCopyable>(_ buffer: Buffer<Element>) {
    write(elements: buffer.base, count: buffer.count)
  }
}
