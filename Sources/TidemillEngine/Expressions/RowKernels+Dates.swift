import TidemillColumns
import TidemillPlan

/// Calendar functions, in the session's zone.
extension RowKernels {
  /// The wall-clock reading at a time.
  @inline(__always)
  func local(_ microseconds: Int64) -> Int64 { microseconds &+ zone.offset(atUTC: microseconds) &* 1_000_000 }

  /// The time of a wall-clock reading; `nil` at the very ends of the range.
  @inline(__always)
  func utc(fromLocal local: Int64) -> Int64? {
    local.magnitude < UInt64(Int64.max - 2 * Calendar.microsecondsPerDay) ? zone.utc(fromLocal: local) : nil
  }

  /// Whether the calendar can tell the date of a day: far more than timestamps reach.
  @inline(__always)
  func isDate(_ days: Int64) -> Bool { days.magnitude < 1 << 38 }

  func floorDivide(_ value: Int64, by unit: Int64) -> Int64 {
    let quotient = value / unit
    return value % unit < 0 ? quotient - 1 : quotient
  }

  /// 0...6 for a count of days, also before 1970.
  func weekday(_ days: Int64) -> Int64 {
    let rest = days % 7
    return rest < 0 ? rest + 7 : rest
  }

  /// A part of the date of a date or timestamp.
  @inline(__always)
  func datePart(_ operand: Operand, _ type: DataType, _ part: (Int64) -> Int64) -> Column {
    if operand.type == .date {
      return compute(type, validity(operand), operand.elements(Int64.self)) { isDate($0) ? part($0) : nil }
    }
    let times = timestamp(operand)
    return column(
      type, map(times.elements(Int64.self)) { part(Calendar.split(microseconds: local($0)).days) }, validity(times))
  }

  /// A part of the time of day, from microseconds since midnight.
  @inline(__always)
  func timePart(_ operand: Operand, _ type: DataType, _ part: (Int64) -> Int64) -> Column {
    let times = timestamp(operand)
    return column(
      type, map(times.elements(Int64.self)) { part(Calendar.split(microseconds: local($0)).ofDay) }, validity(times))
  }

  private func timestamp(_ operand: Operand) -> Operand {
    operand.type == .timestamp ? operand : Operand(castToTimestamp(operand))
  }

  func dateTrunc(_ unit: Operand, _ operand: Operand) -> Column {
    let times = timestamp(operand)
    let validity = validity(unit, times)
    let from = times.elements(Int64.self)
    if unit.isConstant {
      guard let unit = DateUnit(unit.strings.bytes(0)) else { return nulls(.timestamp) }
      return compute(.timestamp, validity, from) { truncated($0, to: unit) }
    }
    let units = unit.strings
    defer { withExtendedLifetime((units.storage, from.buffer)) {} }
    return compute(.timestamp, validity) { row -> Int64? in
      DateUnit(units.bytes(row)).flatMap { truncated(from.buffer.base[row & from.mask], to: $0) }
    }
  }

  private func truncated(_ microseconds: Int64, to unit: DateUnit) -> Int64? {
    if unit == .microsecond { return microseconds }
    let local = local(microseconds)
    if let span = unit.microseconds {
      let rest = local % span
      let (start, overflow) = local.subtractingReportingOverflow(rest < 0 ? rest + span : rest)
      return overflow ? nil : utc(fromLocal: start)
    }
    let days = Calendar.split(microseconds: local).days
    let date = Calendar.date(days: days)
    let first: Int64 =
      switch unit {
      case .year: Calendar.days(year: date.year, month: 1, day: 1)
      case .quarter: Calendar.days(year: date.year, month: (date.month - 1) / 3 * 3 + 1, day: 1)
      case .month: days - (date.day - 1)
      // 1970-01-01 was a Thursday.
      default: days - weekday(days + 3)
      }
    let (start, overflow) = first.multipliedReportingOverflow(by: Calendar.microsecondsPerDay)
    return overflow ? nil : utc(fromLocal: start)
  }

  func unixTime(_ operand: Operand, _ type: DataType, unit: Int64) -> Column {
    let times = timestamp(operand)
    return column(type, map(times.elements(Int64.self)) { floorDivide($0, by: unit) }, validity(times))
  }

  /// Timestamps from counts of `unit` microseconds since 1970.
  func timestamps(_ operand: Operand, unit: Int64) -> Column {
    compute(.timestamp, validity(operand), operand.elements(Int64.self)) { number -> Int64? in
      let (microseconds, overflow) = number.multipliedReportingOverflow(by: unit)
      return overflow ? nil : microseconds
    }
  }

  /// Sums and differences of timestamps and microseconds.
  func timeArithmetic(_ symbol: ArithmeticOperator, _ left: Operand, _ right: Operand, _ type: DataType) -> Column {
    let right = right.type == .date ? timestamp(right) : right
    let sum = arithmetic(symbol, left.type == .date ? timestamp(left) : left, right, .bigint)
    return Column(type: type, count: count, values: sum.values, validity: sum.validity)
  }
}

/// What `date_trunc` can cut to.
enum DateUnit {
  case year, quarter, month, week, day, hour, minute, second, millisecond, microsecond

  /// Spark's names, in any case; `nil` for others.
  init?(_ text: UnsafeBufferPointer<UInt8>) {
    switch String(decoding: text, as: UTF8.self).lowercased() {
    case "year", "yyyy", "yy": self = .year
    case "quarter": self = .quarter
    case "month", "mon", "mm": self = .month
    case "week": self = .week
    case "day", "dd": self = .day
    case "hour": self = .hour
    case "minute": self = .minute
    case "second": self = .second
    case "millisecond": self = .millisecond
    case "microsecond": self = .microsecond
    default: return nil
    }
  }

  /// The length of units that always have the same.
  var microseconds: Int64? {
    switch self {
    case .day: Calendar.microsecondsPerDay
    case .hour: 3_600_000_000
    case .minute: 60_000_000
    case .second: 1_000_000
    case .millisecond: 1_000
    case .microsecond: 1
    case .year, .quarter, .month, .week: nil
    }
  }
}
