/// Writes values into bytes for snapshots and log records: little-endian, lengths as variable-length integers.
public struct ByteWriter: Sendable {
  public private(set) var bytes: [UInt8] = []

  public init() {}

  public mutating func write(byte: UInt8) { bytes.append(byte) }

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

  public mutating func write<Integer: FixedWidthInteger>(_ value: Integer) {
    withUnsafeBytes(of: value.littleEndian) { bytes.append(contentsOf: $0) }
  }

  public mutating func write(double: Double) { write(double.bitPattern) }

  public mutating func write(string: String) {
    var string = string
    string.withUTF8 { text in
      write(varint: text.count)
      bytes.append(contentsOf: text)
    }
  }

  public mutating func write(raw: [UInt8]) {
    write(varint: raw.count)
    bytes.append(contentsOf: raw)
  }

  /// Writes the memory of `count` elements, preceded by their number.
  public mutating func write<Element: BitwiseCopyable>(elements: UnsafePointer<Element>, count: Int) {
    write(varint: count)
    bytes.append(contentsOf: UnsafeRawBufferPointer(start: elements, count: count * MemoryLayout<Element>.stride))
  }

  public mutating func write<Element: BitwiseCopyable>(_ buffer: Buffer<Element>) {
    write(elements: buffer.base, count: buffer.count)
  }
}
