#if Lake
  import TidemillColumns

  /// A column by whose values the files of a result lie apart, in directories called `name=value`.
  struct DirectoryColumn: Hashable, Sendable {
    var name: String
    /// The ordinal of the result's column that it is or that it is made from.
    var source: Int
    /// Whether it is the day on which the window or time in that column begins, in the session's zone.
    var isDay: Bool

    /// - Parameter name: a column, or a window or time column and `_date`.
    init(_ name: String, of schema: Schema, owner: String) throws {
      if let ordinal = schema.ordinal(of: name) {
        guard schema[ordinal].type != .window else {
          throw TidemillError(
            .invalidQuery, "\(owner): files cannot be partitioned by the window \(name)",
            hint: "say partitionBy '\(name)_date': the day on which it begins")
        }
        self.init(name: schema[ordinal].name, source: ordinal, isDay: false)
        return
      }
      if name.lowercased().hasSuffix("_date"), let ordinal = schema.ordinal(of: String(name.dropLast(5))),
        schema[ordinal].type == .window || schema[ordinal].type == .timestamp
      {
        self.init(name: schema[ordinal].name + "_date", source: ordinal, isDay: true)
        return
      }
      throw TidemillError(
        .invalidQuery, "\(owner): partitionBy names \(name), which the result does not have",
        hint: "its columns are \(schema.fields.map(\.name).joined(separator: ", "))")
    }

    private init(name: String, source: Int, isDay: Bool) {
      self.name = name
      self.source = source
      self.isDay = isDay
    }

    /// The column's values, for the rows of a result.
    func values(of batch: Batch, zone: SessionZone) -> Column {
      let column = batch.columns[source]
      guard isDay else { return column }
      let times: Buffer<Int64>
      switch column.values {
      case .window(let start, _): times = start
      case .int64(let values): times = values
      default: preconditionFailure("\(name) is made of a \(column.type)")
      }
      let days = Buffer<Int64>(repeating: 0, count: column.count)
      for row in 0..<column.count where !column.isNull(row) {
        let local = times.base[row] &+ zone.offset(atUTC: times.base[row]) &* 1_000_000
        days.base[row] = Calendar.split(microseconds: local).days
      }
      return Column(type: .date, count: column.count, values: .int64(days), validity: column.validity)
    }

    /// A value as the directory's name has it; `nil` for NULL.
    static func text(_ value: Value) -> String? {
      switch value {
      case .null: nil
      case .string(let text): text
      case .boolean(let flag): flag ? "true" : "false"
      case .integer(let number): String(number)
      // Programs in Java read no other word for those.
      case .double(let number) where number.isNaN: "NaN"
      case .double(let number) where number.isInfinite: number > 0 ? "Infinity" : "-Infinity"
      case .double(let number): number.description
      case .decimal(let unscaled, let scale): DecimalText.string(unscaled: unscaled, scale: scale)
      case .date(let days): TimestampText.dateString(days: days)
      case .timestamp(let time): TimestampText.string(microseconds: time.microseconds)
      case .window: preconditionFailure("no partition is a window")
      }
    }
  }
#endif
