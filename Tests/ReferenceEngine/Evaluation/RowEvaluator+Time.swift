import TidemillColumns
import TidemillPlan

extension RowEvaluator {
  func timeFunction(_ function: ScalarFunction, _ arguments: [Value]) -> Value {
    switch function {
    case .toDate: return toDate(arguments[0])
    case .toTimestamp: return toTimestamp(arguments[0])
    case .timestampSeconds: return toTimestamp(arguments[0])
    case .timestampMillis:
      guard case .integer(let count) = arguments[0] else { return .null }
      return timestamp(Int128(count) * 1_000)
    case .dateTrunc:
      guard case .string(let unit) = arguments[0], let time = instant(arguments[1]) else { return .null }
      return truncated(time, to: unit.lowercased())
    default: break
    }
    guard let time = instant(arguments[0]) else { return .null }
    let (days, ofDay) = local(time)
    let date = Calendar.date(days: days)
    switch function {
    case .year: return .integer(date.year)
    case .month: return .integer(date.month)
    case .day: return .integer(date.day)
    case .hour: return .integer(ofDay / 3_600_000_000)
    case .minute: return .integer(ofDay / 60_000_000 % 60)
    case .second: return .integer(ofDay / 1_000_000 % 60)
    // 1970-01-01 was a Thursday: day 5.
    case .dayofweek: return .integer(floorRemainder(days + 4, 7) + 1)
    case .unixTimestamp: return .integer(floorQuotient(time.microseconds, 1_000_000))
    case .unixMillis: return .integer(floorQuotient(time.microseconds, 1_000))
    case .timestampAdd:
      guard case .integer(let span) = arguments[1] else { return .null }
      return timestamp(Int128(time.microseconds) + Int128(span))
    case .timestampDifference:
      guard let other = instant(arguments[1]) else { return .null }
      return integer(Int128(time.microseconds) - Int128(other.microseconds), .bigint)
    default: preconditionFailure("\(function) is no function of time")
    }
  }

  private func timestamp(_ microseconds: Int128) -> Value {
    Int64(exactly: microseconds).map { .timestamp(EventTime(microseconds: $0)) } ?? .null
  }

  /// A date is its midnight; text is read as a timestamp.
  private func instant(_ value: Value) -> EventTime? {
    guard case .timestamp(let time) = toTimestamp(value) else { return nil }
    return time
  }

  private func truncated(_ time: EventTime, to unit: String) -> Value {
    let (days, ofDay) = local(time)
    let date = Calendar.date(days: days)
    func result(_ days: Int64, _ ofDay: Int64 = 0) -> Value {
      .timestamp(
        EventTime(microseconds: zone.utc(fromLocal: days * Calendar.microsecondsPerDay + ofDay)))
    }
    switch unit {
    case "year", "yyyy", "yy": return result(Calendar.days(year: date.year, month: 1, day: 1))
    case "quarter": return result(Calendar.days(year: date.year, month: (date.month - 1) / 3 * 3 + 1, day: 1))
    case "month", "mon", "mm": return result(Calendar.days(year: date.year, month: date.month, day: 1))
    // Weeks begin on Monday; 1970-01-01 was a Thursday.
    case "week": return result(days - floorRemainder(days + 3, 7))
    case "day", "dd": return result(days)
    case "hour": return result(days, ofDay - ofDay % 3_600_000_000)
    case "minute": return result(days, ofDay - ofDay % 60_000_000)
    case "second": return result(days, ofDay - ofDay % 1_000_000)
    case "millisecond": return result(days, ofDay - ofDay % 1_000)
    case "microsecond": return result(days, ofDay)
    default: return .null
    }
  }
}
