#if Lake
  import TidemillColumns

  /// An array of Arrow's as a column of one of Tidemill's types. Memory is shared where the layouts agree.
  struct ColumnConversion {
    struct Converted {
      var column: Column
      /// Rows whose values the type does not have, in order.
      var unfit: [Int]
    }

    private let source: ArrowSource
    private let type: DataType
    private let format: String
    /// The zone of timestamps that do not say theirs.
    private let zone: SessionZone
    private let validity: Buffer<UInt8>?
    private let count: Int

    /// - Parameter outer: validity of the structs that the array is nested in.
    init(_ source: ArrowSource, to type: DataType, zone: SessionZone, outer: Buffer<UInt8>? = nil) {
      self.source = source
      self.type = type
      self.zone = zone
      format = source.format
      count = source.count
      validity = Self.both(source.validity, outer, count: source.count)
    }

    static func both(_ one: Buffer<UInt8>?, _ other: Buffer<UInt8>?, count: Int) -> Buffer<UInt8>? {
      guard let one, let other else { return one ?? other }
      let result = Buffer<UInt8>(capacity: count)
      for row in 0..<count { result.base[row] = one.base[row] & other.base[row] }
      result.count = count
      return result
    }

    /// - Returns: `nil` when values of the array's type are none of the column's type.
    func column() -> Converted? {
      if format == "n" { return nothing() }
      if source.isDictionary && type != .string { return nil }
      switch type {
      case .boolean: return format == "b" ? booleans() : nil
      case .int: return integers(Int64(Int32.min)...Int64(Int32.max))
      case .bigint: return integers(.min ... .max)
      case .double: return doubles()
      case .decimal(let precision, let scale): return decimals(precision, scale)
      case .string:
        guard let strings = StringConversion(source) else { return nil }
        return converted(.string(strings.storage), unfit: strings.isText ? [] : rows { !strings.isText($0) })
      case .date: return dates()
      case .timestamp: return timestamps()
      case .window: return windows()
      }
    }

    private func converted(_ values: Column.Values, unfit: [Int] = []) -> Converted {
      Converted(column: Column(type: type, count: count, values: values, validity: validity), unfit: unfit)
    }

    private func nothing() -> Converted {
      let builder = ColumnBuilder(type, capacity: count)
      for _ in 0..<count { builder.appendNull() }
      return Converted(column: builder.finish(), unfit: [])
    }

    private func booleans() -> Converted {
      guard let bits = source.bytes(1) else { return converted(.bytes(Buffer(capacity: 0))) }
      return converted(.bytes(Bitmap.bytes(bits.assumingMemoryBound(to: UInt8.self), offset: source.offset, count: count)))
    }

    /// The array's own memory.
    private func shared<Element>(_: Element.Type) -> Buffer<Element> {
      guard let elements = source.elements(1, of: Element.self) else { return Buffer(capacity: 0) }
      return Buffer(borrowing: elements, count: count, owner: source.owner)
    }

    /// Each element made into another.
    private func map<From, To>(_: From.Type, _ transform: (From) -> To) -> Buffer<To> {
      let result = Buffer<To>(capacity: count)
      guard let elements = source.elements(1, of: From.self) else { return result }
      let target = result.base
      for row in 0..<count { target[row] = transform(elements[row]) }
      result.count = count
      return result
    }

    /// The rows with a value that is not one of the column's.
    private func rows(where isUnfit: (Int) -> Bool) -> [Int] {
      (0..<count).filter { row in validity.map { $0.base[row] != 0 } ?? true && isUnfit(row) }
    }

    private func integers(_ range: ClosedRange<Int64>) -> Converted? {
      switch format {
      case "c": return converted(.int64(map(Int8.self) { Int64($0) }))
      case "C": return converted(.int64(map(UInt8.self) { Int64($0) }))
      case "s": return converted(.int64(map(Int16.self) { Int64($0) }))
      case "S": return converted(.int64(map(UInt16.self) { Int64($0) }))
      case "i": return converted(.int64(map(Int32.self) { Int64($0) }))
      case "I": return checked(map(UInt32.self) { Int64($0) }, range)
      case "l": return checked(shared(Int64.self), range)
      // What is beyond the largest signed number becomes a negative one.
      case "L": return checked(map(UInt64.self) { Int64(bitPattern: $0) }, max(range.lowerBound, 0)...range.upperBound)
      default: return nil
      }
    }

    private func checked(_ buffer: Buffer<Int64>, _ range: ClosedRange<Int64>) -> Converted {
      if range == Int64.min...Int64.max { return converted(.int64(buffer)) }
      let values = buffer.base
      let (least, greatest) = (range.lowerBound, range.upperBound)
      // Without a branch, so that several rows are looked at at once.
      var isAnyUnfit: UInt64 = 0
      for row in 0..<buffer.count { isAnyUnfit |= (values[row] < least ? 1 : 0) | (values[row] > greatest ? 1 : 0) }
      return converted(.int64(buffer), unfit: isAnyUnfit != 0 ? rows { values[$0] < least || values[$0] > greatest } : [])
    }

    private func doubles() -> Converted? {
      switch format {
      case "g": converted(.float64(shared(Double.self)))
      case "f": converted(.float64(map(Float.self) { Double($0) }))
      case "c": converted(.float64(map(Int8.self) { Double($0) }))
      case "C": converted(.float64(map(UInt8.self) { Double($0) }))
      case "s": converted(.float64(map(Int16.self) { Double($0) }))
      case "S": converted(.float64(map(UInt16.self) { Double($0) }))
      case "i": converted(.float64(map(Int32.self) { Double($0) }))
      case "I": converted(.float64(map(UInt32.self) { Double($0) }))
      case "l": converted(.float64(map(Int64.self) { Double($0) }))
      case "L": converted(.float64(map(UInt64.self) { Double($0) }))
      default: nil
      }
    }

    private func decimals(_ precision: Int, _ scale: Int) -> Converted? {
      if let own = ArrowDecimal(format) {
        guard own.scale <= scale else { return nil }
        switch own.bits {
        case 128:
          if own.scale == scale && own.precision <= precision {
            let buffer = shared(Int128.self)
            return converted(.int128(buffer), unfit: tooLong(buffer, precision))
          }
          return scaled(Int128.self, by: scale - own.scale, precision)
        case 64: return scaled(Int64.self, by: scale - own.scale, precision)
        case 32: return scaled(Int32.self, by: scale - own.scale, precision)
        default: return nil
        }
      }
      switch format {
      case "c": return scaled(Int8.self, by: scale, precision)
      case "C": return scaled(UInt8.self, by: scale, precision)
      case "s": return scaled(Int16.self, by: scale, precision)
      case "S": return scaled(UInt16.self, by: scale, precision)
      case "i": return scaled(Int32.self, by: scale, precision)
      case "I": return scaled(UInt32.self, by: scale, precision)
      case "l": return scaled(Int64.self, by: scale, precision)
      case "L": return scaled(UInt64.self, by: scale, precision)
      default: return nil
      }
    }

    /// Rows with more digits than the type has, which a damaged file may hold.
    private func tooLong(_ buffer: Buffer<Int128>, _ precision: Int) -> [Int] {
      var bound: Int128 = 1
      for _ in 0..<precision { bound *= 10 }
      let (values, limit) = (buffer.base, bound)
      var isAnyTooLong = false
      for row in 0..<buffer.count { isAnyTooLong = isAnyTooLong || values[row] >= limit || values[row] <= -limit }
      return isAnyTooLong ? rows { values[$0] >= limit || values[$0] <= -limit } : []
    }

    private func scaled<From: FixedWidthInteger & BitwiseCopyable>(_: From.Type, by digits: Int, _ precision: Int) -> Converted
    {
      var factor: Int128 = 1
      for _ in 0..<digits { factor *= 10 }
      var bound: Int128 = 1
      for _ in 0..<precision { bound *= 10 }
      var isAnyUnfit = false
      let limit = bound
      let result = map(From.self) { value in
        let (product, overflow) = Int128(value).multipliedReportingOverflow(by: factor)
        let fits = !overflow && product < limit && product > -limit
        isAnyUnfit = isAnyUnfit || !fits
        // Out of range itself, which is how its row is found below.
        return fits ? product : limit
      }
      let values = result.base
      return converted(.int128(result), unfit: isAnyUnfit ? rows { values[$0] == limit } : [])
    }

    private func dates() -> Converted? {
      let supported = EventTime.supported.upperBound.microseconds / Calendar.microsecondsPerDay
      switch format {
      case "tdD": return checked(map(Int32.self) { Int64($0) }, -supported...supported)
      case "tdm": return checked(map(Int64.self) { floorDivide($0, 86_400_000) }, -supported...supported)
      default: return nil
      }
    }

    private func timestamps() -> Converted? {
      guard format.hasPrefix("ts"), format.utf8.count >= 4 else { return nil }
      var result: Converted
      switch Array(format.utf8)[2] {
      case UInt8(ascii: "u"):
        let supported = EventTime.supported
        result = checked(shared(Int64.self), supported.lowerBound.microseconds...supported.upperBound.microseconds)
      case UInt8(ascii: "n"): result = converted(.int64(map(Int64.self) { floorDivide($0, 1000) }))
      case UInt8(ascii: "m"): result = multiplied(by: 1000)
      case UInt8(ascii: "s"): result = multiplied(by: 1_000_000)
      default: return nil
      }
      // Without a zone of its own a time is one on a clock on the wall.
      if format.hasSuffix(":"), zone.constantOffset != 0, case .int64(let local) = result.column.values {
        let zone = zone
        let utc = Buffer<Int64>(capacity: count)
        for row in 0..<local.count { utc.base[row] = zone.utc(fromLocal: local.base[row]) }
        utc.count = local.count
        result.column = Column(type: type, count: count, values: .int64(utc), validity: validity)
      }
      return result
    }

    private func multiplied(by factor: Int64) -> Converted {
      let limit = EventTime.supported.upperBound.microseconds / factor
      guard let values = source.elements(1, of: Int64.self) else { return converted(.int64(Buffer(capacity: 0))) }
      let unfit = rows { values[$0] > limit || values[$0] < -limit }
      return converted(.int64(map(Int64.self) { $0 &* factor }), unfit: unfit)
    }

    private func windows() -> Converted? {
      guard format == "+s", let start = source.field(named: "start"), let end = source.field(named: "end") else { return nil }
      guard let starts = ColumnConversion(start, to: .timestamp, zone: zone).column(),
        let ends = ColumnConversion(end, to: .timestamp, zone: zone).column()
      else { return nil }
      guard case .int64(let from) = starts.column.values, case .int64(let to) = ends.column.values else { return nil }
      let bounds = Self.both(starts.column.validity, ends.column.validity, count: count)
      let column = Column(
        type: type, count: count, values: .window(start: from, end: to),
        validity: Self.both(validity, bounds, count: count))
      return Converted(column: column, unfit: Array(Set(starts.unfit + ends.unfit)).sorted())
    }
  }

  /// Rounded down, also below zero.
  @inline(__always)
  private func floorDivide(_ value: Int64, _ divisor: Int64) -> Int64 {
    let quotient = value / divisor
    return value % divisor < 0 ? quotient - 1 : quotient
  }
#endif
