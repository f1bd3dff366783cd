import TidemillColumns

/// Writes many timestamps. Neighbours mostly share their date, so the last one's text is kept.
struct TimestampWriter {
  /// The longest that a timestamp can get.
  static let longest = 48

  private let zone: SessionZone
  private let constantOffset: Int64?
  private let isUTC: Bool
  /// Between date and time: `T` in files, a space on a terminal.
  private let between: UInt8
  private let showsZone: Bool
  private var day = Int64.min
  private let dateMemory = Buffer<UInt8>(capacity: longest + ByteSink.slack)
  private let date: UnsafeMutablePointer<UInt8>
  private var dateLength = 0

  init(zone: SessionZone, between: UInt8 = UInt8(ascii: "T"), showsZone: Bool = true) {
    self.zone = zone
    constantOffset = zone.constantOffset
    isUTC = zone == .utc
    self.between = between
    self.showsZone = showsZone
    date = dateMemory.base
  }

  /// ISO 8601 as `TimestampText` writes it. Asks for `longest` bytes of room beforehand.
  @inline(__always)
  mutating func write(_ microseconds: Int64, to sink: inout ByteSink) {
    let offset = constantOffset ?? zone.offset(atUTC: microseconds)
    let (days, ofDay) = Calendar.split(microseconds: microseconds &+ offset &* 1_000_000)
    write(date: days, to: &sink)
    sink.write(between)
    let seconds = UInt64(truncatingIfNeeded: ofDay) / 1_000_000
    let fraction = UInt64(truncatingIfNeeded: ofDay) &- seconds &* 1_000_000
    sink.write(word: Self.clock(seconds), length: 8)
    if fraction != 0 {
      sink.write(UInt8(ascii: "."))
      let digits = Digits.ofEight(fraction) | Digits.zeros
      sink.write(word: digits >> 16, length: fraction % 1000 == 0 ? 3 : 6)
    }
    if showsZone { if isUTC { sink.write(UInt8(ascii: "Z")) } else { writeOffset(offset, to: &sink) } }
  }

  /// `12:34:56` as the bytes of a word.
  @inline(__always)
  private static func clock(_ ofDay: UInt64) -> UInt64 {
    let minutes = ofDay / 60
    let hours = minutes / 60
    let numbers = hours | (minutes &- hours &* 60) << 24 | (ofDay &- minutes &* 60) << 48
    let tens = (numbers &* 103) >> 10 & 0x000F_0000_0F00_000F
    return tens | (numbers &- tens &* 10) << 8 | 0x3030_3A30_303A_3030
  }

  @inline(__always)
  mutating func write(date days: Int64, to sink: inout ByteSink) {
    if days != day { keepDate(days) }
    sink.write(padded: date, dateLength)
  }

  @inline(never)
  private mutating func keepDate(_ days: Int64) {
    var text: [UInt8] = []
    TimestampText.appendDate(days: days, to: &text)
    date.update(from: text, count: text.count)
    dateLength = text.count
    day = days
  }

  @inline(never)
  private func writeOffset(_ offset: Int64, to sink: inout ByteSink) {
    let size = offset.magnitude
    sink.write(UInt8(ascii: offset < 0 ? "-" : "+"))
    sink.write(digits: size / 3600, width: 2)
    sink.write(UInt8(ascii: ":"))
    sink.write(digits: size / 60 % 60, width: 2)
  }
}
