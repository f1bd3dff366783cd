/// Writes values into bytes for snapshots and log records: little-endian, lengths as variable-length integers.
public struct ByteWriter: Sendable {
  /// What was written so far and not given away.
  public private(set) var bytes: [UInt8] = []
  private let limit: Int
  private let give: (@Sendable ([UInt8]) -> Void)?

  /// A writer that has written nothing.
  public init() {
    limit = .max
    give = nil
  }

  /// A writer that gives what it has away whenever that is about `limit` bytes, for what is too large to be in memory twice.
  /// Whoever is done calls `flush`.
  public init(givingEvery limit: Int, to give: @escaping @Sendable ([UInt8]) -> Void) {
    precondition(limit > 0, "a part has at least one byte")
    self.limit = limit
    self.give = give
    bytes.reserveCapacity(limit)
  }

  /// Gives away what was written since the last time; nothing happens without anyone to give it to.
  public mutating func flush() {
    guard let give, !bytes.isEmpty else { return }
    give(bytes)
    bytes.removeAll(keepingCapacity: true)
  }

  private mutating func append(_ source: UnsafeRawBufferPointer) {
    var rest = source[...]
    while bytes.count + rest.count >= limit {
      let part = rest.prefix(limit - bytes.count)
      bytes.append(contentsOf: UnsafeRawBufferPointer(rebasing: part))
      rest = rest.dropFirst(part.count)
      flush()
    }
    bytes.append(contentsOf: UnsafeRawBufferPointer(rebasing: rest))
  }

  /// One byte.
  public mutating func write(byte: UInt8) { withUnsafeBytes(of: byte) { append($0) } }

  /// One byte: 1 or 0.
  public mutating func write(bool: Bool) { write(byte: bool ? 1 : 0) }

  /// LEB128.
  public mutating func write(varint value: Int) {
    precondition(value >= 0, "a length cannot be negative")
    var rest = UInt64(value)
    while rest >= 0x80 {
      write(byte: UInt8(truncatingIfNeeded: rest) | 0x80)
      rest >>= 7
    }
    write(byte: UInt8(rest))
  }

  /// A number of fixed width, little-endian.
  public mutating func write<Integer: FixedWidthInteger>(_ value: Integer) {
    withUnsafeBytes(of: value.littleEndian) { append($0) }
  }

  /// A double, bit by bit.
  public mutating func write(double: Double) { write(double.bitPattern) }

  /// UTF-8 with its length before it.
  public mutating func write(string: String) {
    var string = string
    string.withUTF8 { text in
      write(varint: text.count)
      append(UnsafeRawBufferPointer(text))
    }
  }

  /// Bytes with their count before them.
  public mutating func write(raw: [UInt8]) {
    write(varint: raw.count)
    raw.withUnsafeBytes { append($0) }
  }

  /// Bytes as they are.
  public mutating func write(unframed raw: [UInt8]) { raw.withUnsafeBytes { append($0) } }

  /// Writes the memory of `count` elements, preceded by their number.
  public mutating func write<Element: BitwiseCopyable>(elements: UnsafePointer<Element>, count: Int) {
    write(varint: count)
    append(UnsafeRawBufferPointer(start: elements, count: count * MemoryLayout<Element>.stride))
  }

  /// Elements with their count before them, as they lie in memory.
  public mutating func write<Element: BitwiseCopyable>(_ buffer: Buffer<Element>) {
    write(elements: buffer.base, count: buffer.count)
  }
}
