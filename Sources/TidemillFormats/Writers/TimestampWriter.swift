import TidemillColumns

/// Writes many timestamps. Neighbours mostly share their date, so the last one's text is kept.
struct TimestampWriter {
  /// The longest that a timestamp can get.
  static let longest = 48

  private let zone: SessionZone
  /// Between date and time: `T` in files, a space on a terminal.
  private let between: UInt8
  private let showsZone: Bool
  private var day = Int64.min
  private var date: [UInt8] = []

  init(zone: SessionZone, between: UInt8 = UInt8(ascii: "T"), showsZone: Bool = true) {
    self.zone = zone
    self.between = between
    self.showsZone = showsZone
  }

  /// ISO 8601 as `TimestampText` writes it. Asks for `longest` bytes of room beforehand.
  @inline(__always)
  mutating func write(_ microseconds: Int64, to sink: inout ByteSink) {
    let offset = zone.offset(atUTC: microseconds)
    let (days, ofDay) = Calendar.split(microseconds: microseconds &+ offset &* 1_000_000)
    write(date: days, to: &sink)
    sink.write(between)
    let seconds = UInt64(truncatingIfNeeded: ofDay / 1_000_000)
    let fraction = UInt64(truncatingIfNeeded: ofDay % 1_000_000)
    sink.write(digits: seconds / 3600, width: 2)
    sink.write(UInt8(ascii: ":"))
    sink.write(digits: seconds / 60 % 60, width: 2)
    sink.write(UInt8(ascii: ":"))
    sink.write(digits: seconds % 60, width: 2)
    if fraction != 0 {
      sink.write(UInt8(ascii: "."))
      if fraction % 1000 == 0 {
        sink.write(digits: fraction / 1000, width: 3)
      } else {
        sink.write(digits: fraction, width: 6)
      }
    }
    if showsZone { writeZone(offset, to: &sink) }
  }

  @inline(__always)
  mutating func write(date days: Int64, to sink: inout ByteSink) {
    if days != day {
      date.removeAll(keepingCapacity: true)
      TimestampText.appendDate(days: days, to: &date)
      day = days
    }
    date.withUnsafeBufferPointer { sink.write($0.baseAddress!, $0.count) }
  }

  @inline(__always)
  private func writeZone(_ offset: Int64, to sink: inout ByteSink) {
    if zone == .utc { return sink.write(UInt8(ascii: "Z")) }
    let size = offset.magnitude
    sink.write(UInt8(ascii: offset < 0 ? "-" : "+"))
    sink.write(digits: size / 3600, width: 2)
    sink.write(UInt8(ascii: ":"))
    sink.write(digits: size / 60 % 60, width: 2)
  }
}
