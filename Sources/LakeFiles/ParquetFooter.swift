#if Lake
  import ArrowBridge
  import TidemillColumns

  /// What a Parquet file says of itself: columns, row groups, and what their values lie between.
  package final class ParquetFooter: @unchecked Sendable {
    // Only read, and Arrow's may be by any number of threads.
    private let handle: OpaquePointer

    /// A column as it lies in the file; one that is nested has a leaf for each of its parts.
    package struct Leaf: Hashable, Sendable {
      /// From the top, such as `w.start`.
      package var path: String
      /// The number of the top-level column that it belongs to.
      package var column: Int
      /// How its values lie in the file.
      package var physical: Physical
      /// Of timestamps; `nil` for other columns.
      package var unitsASecond: Int?
      /// Whether its integers have no sign, and are ordered so.
      package var isUnsigned: Bool
    }

    package enum Physical: Int32, Hashable, Sendable {
      case boolean, int32, int64, int96, float, double, bytes, fixedBytes
    }

    package struct RowGroup: Hashable, Sendable {
      package var rows: Int
      /// Of all columns, compressed.
      package var bytes: Int
      /// Where it begins in the file.
      package var offset: Int
    }

    /// How many rows the file has.
    package let rows: Int
    /// How long it is in bytes; 0 when it was read, not written.
    package let byteCount: Int
    package let leaves: [Leaf]
    package let groups: [RowGroup]

    /// Takes the handle over.
    init(_ handle: OpaquePointer, byteCount: Int) {
      self.handle = handle
      self.byteCount = byteCount
      rows = Int(tidemill_parquet_footer_rows(handle))
      leaves = (0..<tidemill_parquet_footer_leaves(handle)).map { index in
        let leaf = tidemill_parquet_footer_leaf(handle, index)
        return Leaf(
          path: String(cString: leaf.path), column: Int(leaf.column), physical: Physical(rawValue: leaf.physical) ?? .bytes,
          unitsASecond: leaf.units_a_second == 0 ? nil : Int(leaf.units_a_second), isUnsigned: leaf.is_unsigned)
      }
      groups = (0..<tidemill_parquet_footer_groups(handle)).map { index in
        let group = tidemill_parquet_footer_group(handle, index)
        return RowGroup(rows: Int(group.rows), bytes: Int(group.bytes), offset: Int(group.offset))
      }
    }

    deinit { tidemill_parquet_footer_free(handle) }

    /// The text that a key of the file's metadata has.
    package func note(_ key: String) -> String? {
      guard let text = tidemill_parquet_footer_note(handle, key) else { return nil }
      defer { tidemill_arrow_free(text) }
      return String(cString: text)
    }

    /// What a leaf holds in one row group.
    package func statistics(group: Int, leaf: Int) throws(ArrowFailure) -> ParquetStatistics {
      var found = tidemill_parquet_statistics()
      try calling { tidemill_parquet_footer_statistics(handle, Int32(group), Int32(leaf), &found, $0) }
      defer {
        tidemill_arrow_free(found.minimum)
        tidemill_arrow_free(found.maximum)
      }
      func bytes(_ base: UnsafeMutablePointer<CChar>?, _ count: Int64) -> [UInt8]? {
        base.map { Array(UnsafeRawBufferPointer(start: $0, count: Int(count))) }
      }
      return ParquetStatistics(
        leaf: leaves[leaf], values: Int(found.values), nulls: found.nulls < 0 ? nil : Int(found.nulls),
        compressedBytes: Int(found.compressed_bytes), minimum: bytes(found.minimum, found.minimum_count),
        maximum: bytes(found.maximum, found.maximum_count))
    }
  }

  /// What a leaf holds in a row group.
  package struct ParquetStatistics: Hashable, Sendable {
    package var leaf: ParquetFooter.Leaf
    package var values: Int
    /// `nil` where the file does not say.
    package var nulls: Int?
    package var compressedBytes: Int
    /// The least and the greatest value, as they lie in the file; `nil` where it does not say.
    package var minimum: [UInt8]?
    package var maximum: [UInt8]?

    /// The least value as one of a column's type; `nil` where the file does not say, or the values are of another type.
    package func minimum(as type: DataType) -> Value? { minimum.flatMap { value($0, type) } }
    /// The greatest value as one of a column's type.
    package func maximum(as type: DataType) -> Value? { maximum.flatMap { value($0, type) } }

    private func value(_ bytes: [UInt8], _ type: DataType) -> Value? {
      switch (type, leaf.physical) {
      case (.boolean, .boolean): bytes.first.map { .boolean($0 != 0) }
      case (.int, .int32), (.bigint, .int32), (.int, .int64), (.bigint, .int64): narrow(bytes).map { .integer($0) }
      case (.double, .double), (.double, .float): float(bytes).map { .double($0) }
      case (.string, .bytes): String(validating: bytes, as: UTF8.self).map { .string($0) }
      case (.date, .int32): narrow(bytes).map { .date($0) }
      case (.timestamp, .int64): narrow(bytes).flatMap { timestamp($0) }.map { .timestamp(EventTime(microseconds: $0)) }
      case (.decimal(_, let scale), .int32), (.decimal(_, let scale), .int64):
        integer(bytes).map { .decimal(unscaled: $0, scale: scale) }
      case (.decimal(_, let scale), .fixedBytes), (.decimal(_, let scale), .bytes):
        bigEndian(bytes).map { .decimal(unscaled: $0, scale: scale) }
      default: nil
      }
    }

    private func narrow(_ bytes: [UInt8]) -> Int64? { integer(bytes).flatMap { Int64(exactly: $0) } }

    private func integer(_ bytes: [UInt8]) -> Int128? {
      bytes.withUnsafeBytes { raw in
        switch (raw.count, leaf.isUnsigned) {
        case (4, false): Int128(Int32(littleEndian: raw.loadUnaligned(as: Int32.self)))
        case (4, true): Int128(UInt32(littleEndian: raw.loadUnaligned(as: UInt32.self)))
        case (8, false): Int128(Int64(littleEndian: raw.loadUnaligned(as: Int64.self)))
        case (8, true): Int128(UInt64(littleEndian: raw.loadUnaligned(as: UInt64.self)))
        default: nil
        }
      }
    }

    private func float(_ bytes: [UInt8]) -> Double? {
      bytes.withUnsafeBytes { raw in
        switch raw.count {
        case 4: Double(raw.loadUnaligned(as: Float.self))
        case 8: raw.loadUnaligned(as: Double.self)
        default: nil
        }
      }
    }

    /// Rounded down to microseconds.
    private func timestamp(_ value: Int64) -> Int64? {
      guard let units = leaf.unitsASecond else { return nil }
      if units <= 1_000_000 {
        let (product, overflow) = value.multipliedReportingOverflow(by: Int64(1_000_000 / units))
        return overflow ? nil : product
      }
      let divisor = Int64(units / 1_000_000)
      return value % divisor < 0 ? value / divisor - 1 : value / divisor
    }

    private func bigEndian(_ bytes: [UInt8]) -> Int128? {
      guard let first = bytes.first, bytes.count <= 16 else { return nil }
      var value: Int128 = first & 0x80 != 0 ? -1 : 0
      for byte in bytes { value = value << 8 | Int128(byte) }
      return value
    }
  }
#endif
