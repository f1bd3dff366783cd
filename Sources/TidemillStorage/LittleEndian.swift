extension [UInt8] {
  /// Appends the bytes of a number, the lowest first.
  mutating func append(littleEndian value: some FixedWidthInteger) {
    Swift.withUnsafeBytes(of: value.littleEndian) { append(contentsOf: $0) }
  }

  /// The number at `offset`, or `nil` where the bytes end before it does.
  func littleEndian<Integer: FixedWidthInteger>(at offset: Int, as type: Integer.Type) -> Integer? {
    guard offset >= 0, offset <= count - MemoryLayout<Integer>.size else { return nil }
    return withUnsafeBytes { Integer(littleEndian: $0.loadUnaligned(fromByteOffset: offset, as: type)) }
  }
}
