#if Lake
  import DeltaLog
  import LakeFiles
  import ParquetConnector
  import TidemillColumns
  import TidemillConnectors
  import TidemillPlan

  /// What the log says of a file's rows: their number, their partition, and what their values lie between.
  struct FileFacts {
    private let columns: TableColumns
    private let constants: [Int: Value]
    private let rows: Int
    private let least: JSONValue?
    private let greatest: JSONValue?
    private let nulls: JSONValue?

    /// - Returns: `nil` when the log does not even say how many rows there are.
    init?(_ stats: String?, constants: [Int: Value], _ columns: TableColumns) {
      guard let stats, let json = try? JSONReader.value(of: stats), let rows = json["numRecords"]?.integer, rows >= 0 else {
        return nil
      }
      self.columns = columns
      self.constants = constants
      self.rows = rows
      least = json["minValues"]
      greatest = json["maxValues"]
      nulls = json["nullCount"]
    }

    /// The file's rows as skipped ones; `nil` when some query may want one, or when nobody knows how far they move the watermark.
    func skipped(_ request: ReadRequest) -> SkippedRows? {
      request.skipped(count: rows, latest: .distantFuture) { ordinal in facts(ordinal, request.schema[ordinal].type) }
    }

    private func facts(_ ordinal: Int, _ type: DataType) -> ColumnFacts? {
      if let value = constants[ordinal] { return ColumnFacts(constant: value) }
      let origin = columns.origins[ordinal]
      func part(_ json: JSONValue?) -> JSONValue? { origin.path.reduce(json) { $0?[$1] } }
      var facts = ColumnFacts()
      if let count = part(nulls)?.integer {
        facts.mayBeNull = count != 0
        facts.mayBeValue = count < rows
      }
      // What is read as another type is compared as that; of integers all are alike.
      guard !origin.isLocalTime, origin.type == type || origin.type.isInteger && type.isInteger,
        let low = part(least), let high = part(greatest),
        let (least, _) = Self.value(low, type, isGreatest: false),
        let (greatest, isExact) = Self.value(high, type, isGreatest: true)
      else { return facts }
      facts.range = ColumnCondition.ClosedValues(least, greatest)
      facts.isExact = isExact
      return facts
    }

    /// A bound as the log has it.
    ///
    /// - Returns: with whether a row has just this value, if one has any.
    private static func value(_ json: JSONValue, _ type: DataType, isGreatest: Bool) -> (value: Value, isExact: Bool)? {
      switch type {
      case .boolean: return json.boolean.map { (.boolean($0), true) }
      case .int, .bigint:
        guard case .number(let digits) = json, let number = Int64(digits) else { return nil }
        return (.integer(number), true)
      case .decimal(let precision, let scale):
        // Some writers put them through doubles, which keep so many digits.
        guard precision <= 15, case .number(var digits) = json else { return nil }
        return digits.withUTF8 { DecimalText.unscaled($0, precision: precision, scale: scale) }.map {
          (.decimal(unscaled: $0, scale: scale), false)
        }
      case .date:
        guard var text = json.text else { return nil }
        return text.withUTF8 { TimestampText.days($0) }.map { (.date($0), true) }
      case .timestamp:
        guard let text = json.text, let time = TimestampText.microseconds(text) else { return nil }
        // Most writers cut times off behind the milliseconds; where all digits are there nothing was cut.
        let isWhole = fractionDigits(text) >= 6
        let (bound, overflow) = time.addingReportingOverflow(isGreatest && !isWhole ? 999 : 0)
        return overflow ? nil : (.timestamp(EventTime(microseconds: bound)), isWhole)
      case .string: return json.text.map { (.string($0), false) }
      // Nobody notes where those lie that are no numbers.
      case .double, .window: return nil
      }
    }

    private static func fractionDigits(_ text: String) -> Int {
      guard let point = text.utf8.lastIndex(of: UInt8(ascii: ".")) else { return 0 }
      return text.utf8[point...].dropFirst().prefix { $0 >= 48 && $0 <= 57 }.count
    }
  }
#endif
