/// Timestamps and dates as ISO 8601 text.
public enum TimestampText {
  /// Reads `2024-03-01T12:34:56.789Z`: date and time apart by `T` or a space, up to nine digits of fraction (those behind the
  /// sixth are dropped), then `Z`, an offset (`+02:00`, `+0200`, `+02`) or nothing, which means `offset` from UTC. A date on its
  /// own is its midnight. Anything else is `nil`: a wrong month, a 61st second, trailing characters.
  ///
  /// - Parameter zone: the zone that times without an offset are in.
  public static func microseconds(
    _ text: UnsafeBufferPointer<UInt8>, zone: SessionZone = .utc
  ) -> Int64? {
    guard text.count >= 10, let days = days(UnsafeBufferPointer(rebasing: text[0..<10])) else { return nil }
    let midnight = days * Calendar.microsecondsPerDay
    if text.count == 10 { return zone.utc(fromLocal: midnight) }
    guard text[10] == UInt8(ascii: "T") || text[10] == UInt8(ascii: " ") || text[10] == UInt8(ascii: "t"),
      text.count >= 16, let hour = twoDigits(text, 11), text[13] == UInt8(ascii: ":"),
      let minute = twoDigits(text, 14), hour < 24, minute < 60
    else { return nil }
    var second: Int64 = 0
    var fraction: Int64 = 0
    var next = 16
    if next < text.count, text[next] == UInt8(ascii: ":") {
      guard let value = twoDigits(text, 17), value < 60 else { return nil }
      second = value
      next = 19
      if next < text.count, text[next] == UInt8(ascii: ".") {
        next += 1
        let first = next
        var scale: Int64 = 100_000
        while next < text.count, text[next] &- 48 < 10, next - first < 9 {
          fraction += Int64(text[next] &- 48) * scale
          scale /= 10
          next += 1
        }
        if next == first { return nil }
      }
    }
    let local = midnight + (hour * 3600 + minute * 60 + second) * 1_000_000 + fraction
    if next == text.count { return zone.utc(fromLocal: local) }
    if text[next] == UInt8(ascii: "Z") || text[next] == UInt8(ascii: "z") {
      return next + 1 == text.count ? local : nil
    }
    guard let offset = offsetSeconds(UnsafeBufferPointer(rebasing: text[next...])) else { return nil }
    return local - offset * 1_000_000
  }

  /// Reads `+02:00`, `-0530` or `+02` as seconds east of UTC.
  static func offsetSeconds(_ text: UnsafeBufferPointer<UInt8>) -> Int64? {
    guard let sign = text.first, sign == UInt8(ascii: "+") || sign == UInt8(ascii: "-"),
      let hours = twoDigits(text, 1)
    else { return nil }
    var minutes: Int64 = 0
    switch text.count {
    case 3: break
    case 5:
      guard let value = twoDigits(text, 3) else { return nil }
      minutes = value
    case 6:
      guard text[3] == UInt8(ascii: ":"), let value = twoDigits(text, 4) else { return nil }
      minutes = value
    default: return nil
    }
    guard hours <= 18, minutes < 60 else { return nil }
    let seconds = hours * 3600 + minutes * 60
    return sign == UInt8(ascii: "-") ? -seconds : seconds
  }

  /// Reads `2024-03-01` as days since 1970-01-01.
  public static func days(_ text: UnsafeBufferPointer<UInt8>) -> Int64? {
    guard text.count == 10, let century = twoDigits(text, 0), let ofCentury = twoDigits(text, 2),
      text[4] == UInt8(ascii: "-"), let month = twoDigits(text, 5), text[7] == UInt8(ascii: "-"),
      let day = twoDigits(text, 8)
    else { return nil }
    let year = century * 100 + ofCentury
    guard month >= 1, month <= 12, day >= 1, day <= Calendar.daysInMonth(year: year, month: month) else { return nil }
    return Calendar.days(year: year, month: month, day: day)
  }

  @inline(__always)
  private static func twoDigits(_ text: UnsafeBufferPointer<UInt8>, _ at: Int) -> Int64? {
    guard at + 1 < text.count else { return nil }
    let tens = text[at] &- 48
    let ones = text[at + 1] &- 48
    return tens < 10 && ones < 10 ? Int64(tens) * 10 + Int64(ones) : nil
  }

  /// The same for a Swift string.
  public static func microseconds(_ text: String, zone: SessionZone = .utc) -> Int64? {
    var text = text
    return text.withUTF8 { microseconds($0, zone: zone) }
  }

  /// ISO 8601: `2024-03-01T12:00:00Z`, with as many digits of fraction as are needed (none, three or six); in another zone
  /// than UTC with its offset, `2024-03-01T13:00:00+01:00`.
  public static func string(microseconds: Int64, zone: SessionZone = .utc) -> String {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(32)
    append(microseconds: microseconds, zone: zone, to: &bytes)
    return String(decoding: bytes, as: UTF8.self)
  }

  /// Appends what `string(microseconds:zone:)` gives.
  public static func append(microseconds: Int64, zone: SessionZone = .utc, to bytes: inout [UInt8]) {
    let offset = zone.offset(atUTC: microseconds)
    let (days, ofDay) = Calendar.split(microseconds: microseconds &+ offset &* 1_000_000)
    appendDate(days: days, to: &bytes)
    bytes.append(UInt8(ascii: "T"))
    let seconds = ofDay / 1_000_000
    let fraction = ofDay % 1_000_000
    appendDigits(seconds / 3600, 2, to: &bytes)
    bytes.append(UInt8(ascii: ":"))
    appendDigits(seconds / 60 % 60, 2, to: &bytes)
    bytes.append(UInt8(ascii: ":"))
    appendDigits(seconds % 60, 2, to: &bytes)
    if fraction != 0 {
      bytes.append(UInt8(ascii: "."))
      if fraction % 1000 == 0 { appendDigits(fraction / 1000, 3, to: &bytes) } else { appendDigits(fraction, 6, to: &bytes) }
    }
    if zone == .utc {
      bytes.append(UInt8(ascii: "Z"))
    } else {
      appendOffset(offset, to: &bytes)
    }
  }

  /// Appends `+02:00`.
  static func appendOffset(_ offset: Int64, to bytes: inout [UInt8]) {
    bytes.append(offset < 0 ? UInt8(ascii: "-") : UInt8(ascii: "+"))
    let size = abs(offset)
    appendDigits(size / 3600, 2, to: &bytes)
    bytes.append(UInt8(ascii: ":"))
    appendDigits(size / 60 % 60, 2, to: &bytes)
  }

  /// A day as `2024-03-01`.
  public static func dateString(days: Int64) -> String {
    var bytes: [UInt8] = []
    appendDate(days: days, to: &bytes)
    return String(decoding: bytes, as: UTF8.self)
  }

  /// Appends `2024-03-01`; years outside 0...9999 get a sign and as many digits as they need.
  public static func appendDate(days: Int64, to bytes: inout [UInt8]) {
    let date = Calendar.date(days: days)
    if date.year < 0 || date.year > 9999 {
      bytes.append(UInt8(ascii: date.year < 0 ? "-" : "+"))
      let year = abs(date.year)
      if year < 10_000 { appendDigits(year, 4, to: &bytes) } else { bytes.append(contentsOf: String(year).utf8) }
    } else {
      appendDigits(date.year, 4, to: &bytes)
    }
    bytes.append(UInt8(ascii: "-"))
    appendDigits(date.month, 2, to: &bytes)
    bytes.append(UInt8(ascii: "-"))
    appendDigits(date.day, 2, to: &bytes)
  }

  private static func appendDigits(_ value: Int64, _ count: Int, to bytes: inout [UInt8]) {
    var divisor: Int64 = 1
    for _ in 1..<count { divisor *= 10 }
    var rest = value
    while divisor > 0 {
      bytes.append(48 + UInt8(truncatingIfNeeded: rest / divisor))
      rest %= divisor
      divisor /= 10
    }
  }
}
