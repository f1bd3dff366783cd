/// Standard and daylight-saving time by rule, as a POSIX `TZ` text says it: `CET-1CEST,M3.5.0,M10.5.0/3`.
///
/// Source: POSIX.1-2017, Base Definitions, 8.3 (TZ), with the hours beyond a day that RFC 8536 allows.
struct DaylightRule: Sendable {
  /// A day of the year and the second of that day, in local time.
  struct Change: Sendable {
    enum Day: Sendable {
      /// 1...365, 29 February never counted.
      case julian(Int64)
      /// 0...365.
      case zeroBased(Int64)
      /// The `week`th `weekday` of `month`; week 5 is the last.
      case weekday(month: Int64, week: Int64, weekday: Int64)
    }
    var day: Day
    var second: Int64
  }

  private let standard: Int64
  private let daylight: (offset: Int64, start: Change, end: Change)?

  /// `nil` for text that is no such rule.
  init?(_ text: String) {
    var rest = Substring(text)
    guard Self.takeName(&rest), let west = Self.takeTime(&rest) else { return nil }
    standard = -west
    if rest.isEmpty {
      daylight = nil
      return
    }
    guard Self.takeName(&rest) else { return nil }
    var offset = standard + 3600
    if rest.first != ",", let west = Self.takeTime(&rest) { offset = -west }
    guard let start = Self.takeChange(&rest), let end = Self.takeChange(&rest), rest.isEmpty else { return nil }
    daylight = (offset, start, end)
  }

  func offset(atUTC seconds: Int64) -> Int64 {
    guard let daylight else { return standard }
    let year = Calendar.date(days: Self.floorDivide(seconds + standard, 86_400)).year
    let start = Self.second(of: daylight.start, year: year) - standard
    let end = Self.second(of: daylight.end, year: year) - daylight.offset
    let isDaylight = start < end ? seconds >= start && seconds < end : seconds >= start || seconds < end
    return isDaylight ? daylight.offset : standard
  }

  private static func floorDivide(_ value: Int64, _ divisor: Int64) -> Int64 {
    value / divisor - (value % divisor < 0 ? 1 : 0)
  }

  /// Local seconds since 1970.
  private static func second(of change: Change, year: Int64) -> Int64 {
    let newYear = Calendar.days(year: year, month: 1, day: 1)
    let day: Int64
    switch change.day {
    case .julian(let number):
      let isLeap = Calendar.daysInMonth(year: year, month: 2) == 29
      day = newYear + number - 1 + (isLeap && number >= 60 ? 1 : 0)
    case .zeroBased(let number): day = newYear + number
    case .weekday(let month, let week, let weekday):
      let first = Calendar.days(year: year, month: month, day: 1)
      // 1970-01-01 was a Thursday.
      let firstWeekday = ((first + 4) % 7 + 7) % 7
      var offset = (weekday - firstWeekday + 7) % 7 + (week - 1) * 7
      if offset >= Calendar.daysInMonth(year: year, month: month) { offset -= 7 }
      day = first + offset
    }
    return day * 86_400 + change.second
  }

  private static func takeName(_ text: inout Substring) -> Bool {
    if text.first == "<" {
      guard let end = text.firstIndex(of: ">") else { return false }
      text = text[text.index(after: end)...]
      return true
    }
    let name = text.prefix { $0.isLetter }
    text = text.dropFirst(name.count)
    return name.count >= 3
  }

  private static func takeNumber(_ text: inout Substring) -> Int64? {
    let digits = text.prefix { $0.isNumber }
    text = text.dropFirst(digits.count)
    return Int64(digits)
  }

  /// `[+-]hh[:mm[:ss]]` in seconds.
  private static func takeTime(_ text: inout Substring) -> Int64? {
    var sign: Int64 = 1
    if text.first == "+" || text.first == "-" { sign = text.removeFirst() == "-" ? -1 : 1 }
    guard let hours = takeNumber(&text), hours <= 167 else { return nil }
    var seconds = hours * 3600
    for unit in [60, 1] as [Int64] where text.first == ":" {
      text = text.dropFirst()
      guard let part = takeNumber(&text), part < 60 else { return nil }
      seconds += part * unit
    }
    return sign * seconds
  }

  private static func takeChange(_ text: inout Substring) -> Change? {
    guard text.first == "," else { return nil }
    text = text.dropFirst()
    let day: Change.Day
    switch text.first {
    case "M":
      text = text.dropFirst()
      guard let month = takeNumber(&text), (1...12).contains(month), text.first == "." else { return nil }
      text = text.dropFirst()
      guard let week = takeNumber(&text), (1...5).contains(week), text.first == "." else { return nil }
      text = text.dropFirst()
      guard let weekday = takeNumber(&text), (0...6).contains(weekday) else { return nil }
      day = .weekday(month: month, week: week, weekday: weekday)
    case "J":
      text = text.dropFirst()
      guard let number = takeNumber(&text), (1...365).contains(number) else { return nil }
      day = .julian(number)
    default:
      guard let number = takeNumber(&text), (0...365).contains(number) else { return nil }
      day = .zeroBased(number)
    }
    var second: Int64 = 7200
    if text.first == "/" {
      text = text.dropFirst()
      guard let time = takeTime(&text) else { return nil }
      second = time
    }
    return Change(day: day, second: second)
  }
}
