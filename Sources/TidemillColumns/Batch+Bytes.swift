extension Column {
  /// Writes the rows, for a reader that knows the type.
  public func write(to writer: inout ByteWriter) {
    writer.write(varint: count)
    writer.write(bool: validity != nil)
    if let validity { writer.write(elements: validity.base, count: count) }
    switch values {
    case .bytes(let buffer): writer.write(elements: buffer.base, count: count)
    case .int64(let buffer): writer.write(elements: buffer.base, count: count)
    case .float64(let buffer): writer.write(elements: buffer.base, count: count)
    case .int128(let buffer): writer.write(elements: buffer.base, count: count)
    case .string(let storage):
      for row in 0..<count {
        storage.withBytes(row) { bytes in
          if let first = bytes.baseAddress, !isNull(row) {
            writer.write(elements: first, count: bytes.count)
          } else {
            writer.write(varint: 0)
          }
        }
      }
    case .window(let start, let end):
      writer.write(elements: start.base, count: count)
      writer.write(elements: end.base, count: count)
    }
  }

  /// Reads what `write(to:)` wrote of a column of this type.
  ///
  /// - Throws: `CorruptBytes` when the bytes end early or do not fit the type.
  public init(type: DataType, reading reader: inout ByteReader) throws {
    let count = try reader.readVarint()
    let validity: Buffer<UInt8>? = try reader.readBool() ? try reader.readBuffer() : nil
    let values: Values
    var length = count
    switch type.layout {
    case .bytes:
      let buffer: Buffer<UInt8> = try reader.readBuffer()
      length = buffer.count
      values = .bytes(buffer)
    case .int64:
      let buffer: Buffer<Int64> = try reader.readBuffer()
      length = buffer.count
      values = .int64(buffer)
    case .float64:
      let buffer: Buffer<Double> = try reader.readBuffer()
      length = buffer.count
      values = .float64(buffer)
    case .int128:
      let buffer: Buffer<Int128> = try reader.readBuffer()
      length = buffer.count
      values = .int128(buffer)
    case .string:
      let storage = StringStorage(capacity: min(count, 1 << 16))
      for _ in 0..<count {
        let bytes: Buffer<UInt8> = try reader.readBuffer()
        storage.append(bytes.base, count: bytes.count)
      }
      values = .string(storage)
    case .window:
      let start: Buffer<Int64> = try reader.readBuffer()
      let end: Buffer<Int64> = try reader.readBuffer()
      length = min(start.count, end.count)
      values = .window(start: start, end: end)
    }
    guard length == count, validity.map({ $0.count == count }) ?? true else {
      throw CorruptBytes("a column of \(count) rows with \(length) values")
    }
    self.init(type: type, count: count, values: values, validity: validity)
  }
}

extension Batch {
  /// Writes the rows; weights are not kept.
  public func write(to writer: inout ByteWriter) {
    writer.write(varint: count)
    for column in columns { column.write(to: &writer) }
  }

  /// Reads what `write(to:)` wrote of a batch with this schema; all weights are +1.
  ///
  /// - Throws: `CorruptBytes` when the bytes end early or do not fit the schema.
  public init(schema: Schema, reading reader: inout ByteReader) throws {
    let count = try reader.readVarint()
    let columns = try schema.fields.map { try Column(type: $0.type, reading: &reader) }
    guard columns.allSatisfy({ $0.count == count }) else { throw CorruptBytes("columns of unequal length") }
    self.init(schema: schema, count: count, columns: columns)
  }
}
