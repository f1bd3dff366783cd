#if Postgres
  import TableSinks
  import TidemillColumns

  /// The rows of a batch in the binary format of COPY, piece by piece.
  struct BinaryRows {
    /// What follows a row's own columns: whether it comes or goes, and which columns of those that tell rows apart are NULL.
    struct Marking {
      var columns: [Int]
    }

    private static let pieceSize = 64 << 10
    /// From 1970 to 2000, where PostgreSQL begins to count.
    private static let epochMicroseconds: Int64 = 946_684_800_000_000
    private static let epochDays: Int64 = 10_957

    private let cells: [TableCells]
    private let weights: UnsafePointer<Int8>?
    private let count: Int
    private let marking: Marking?
    private var bytes: [UInt8] = []
    /// Which columns were NULL in rows that come, and in rows that go.
    private(set) var coming: Set<UInt64> = []
    private(set) var going: Set<UInt64> = []

    /// Valid while the batch lives.
    init(_ batch: Batch, _ layout: TableLayout, marking: Marking?) {
      cells = layout.columns.map { TableCells($0, of: batch) }
      weights = batch.weights.map { UnsafePointer($0.base) }
      count = batch.count
      self.marking = marking
      bytes.reserveCapacity(Self.pieceSize + 4096)
    }

    /// Gives all rows to `send`.
    mutating func write(_ send: (UnsafeRawBufferPointer) throws -> Void) throws {
      bytes += [0x50, 0x47, 0x43, 0x4F, 0x50, 0x59, 0x0A, 0xFF, 0x0D, 0x0A, 0x00]
      append(Int32(0))
      append(Int32(0))
      let width = Int16(cells.count + (marking == nil ? 0 : 2))
      for row in 0..<count {
        append(width)
        for index in cells.indices { try append(cells[index], row) }
        if let marking { append(marking, row) }
        if bytes.count >= Self.pieceSize {
          try bytes.withUnsafeBytes(send)
          bytes.removeAll(keepingCapacity: true)
        }
      }
      append(Int16(-1))
      try bytes.withUnsafeBytes(send)
    }

    private mutating func append(_ marking: Marking, _ row: Int) {
      let weight = weights.map { $0[row] } ?? 1
      var nulls: UInt64 = 0
      for (position, column) in marking.columns.enumerated() where cells[column].isNull(row) { nulls |= 1 << UInt64(position) }
      if weight < 0 { going.insert(nulls) } else { coming.insert(nulls) }
      append(Int32(2))
      append(Int16(weight))
      append(Int32(8))
      append(Int64(bitPattern: nulls))
    }

    private mutating func append(_ value: some FixedWidthInteger) {
      withUnsafeBytes(of: value.bigEndian) { bytes.append(contentsOf: $0) }
    }

    private mutating func append(_ cells: TableCells, _ row: Int) throws {
      if cells.isNull(row) { return append(Int32(-1)) }
      switch cells.content {
      case .boolean(let values):
        append(Int32(1))
        bytes.append(values[row] == 0 ? 0 : 1)
      case .integer(let values):
        if cells.isNarrow {
          append(Int32(4))
          append(Int32(truncatingIfNeeded: values[row]))
        } else {
          append(Int32(8))
          append(values[row])
        }
      case .double(let values):
        append(Int32(8))
        append(values[row].bitPattern)
      case .decimal(let values, let scale): append(unscaled: values[row], scale: scale)
      case .string(let views, let heap):
        StringStorage.withBytes(of: views + row, heap: heap) { text in
          append(Int32(text.count))
          bytes.append(contentsOf: text)
        }
      case .date(let values):
        guard let days = Int32(exactly: values[row] &- Self.epochDays) else {
          throw TidemillError(
            .outOfRange, "the date \(TimestampText.dateString(days: values[row])) is none of PostgreSQL's",
            hint: "filter such rows in the query")
        }
        append(Int32(4))
        append(days)
      case .timestamp(let values):
        append(Int32(8))
        append(values[row] &- Self.epochMicroseconds)
      }
    }

    /// PostgreSQL's numeric: groups of four digits from the point to both sides.
    private mutating func append(unscaled: Int128, scale: Int) {
      var digits = Array(String(unscaled.magnitude).utf8).map { UInt16($0 - 48) }
      if digits.count < scale { digits = Array(repeating: 0, count: scale - digits.count) + digits }
      let whole = digits.count - scale
      digits = Array(repeating: 0, count: (4 - whole % 4) % 4) + digits + Array(repeating: 0, count: (4 - scale % 4) % 4)
      var groups = stride(from: 0, to: digits.count, by: 4).map { start in
        digits[start..<start + 4].reduce(0) { $0 * 10 + $1 }
      }
      var weight = (whole + 3) / 4 - 1
      while let first = groups.first, first == 0 {
        groups.removeFirst()
        weight -= 1
      }
      while let last = groups.last, last == 0 { groups.removeLast() }
      if groups.isEmpty { weight = 0 }
      append(Int32(8 + 2 * groups.count))
      append(Int16(groups.count))
      append(Int16(weight))
      append(UInt16(unscaled < 0 && !groups.isEmpty ? 0x4000 : 0))
      append(Int16(scale))
      for group in groups { append(group) }
    }
  }
#endif
