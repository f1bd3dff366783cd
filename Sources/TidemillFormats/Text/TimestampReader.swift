import TidemillColumns

/// Reads many timestamps of one column. Neighbours mostly share their date, so the last one's is kept.
///
/// It gives what `TimestampText.microseconds` gives, sooner.
struct TimestampReader {
  private let zone: SessionZone
  // `1970-01-01`, so that what is kept is always a date and what it stands for.
  private var dateHead: UInt64 = 0x2D31_302D_3037_3931
  private var dateTail: UInt16 = 0x3130
  private var midnight: Int64 = 0

  init(zone: SessionZone) { self.zone = zone }

  /// `2024-03-01T12:34:56`, with three, six or no digits of fraction and with `Z` or nothing behind it, goes the short way.
  @inline(__always)
  mutating func microseconds(_ text: UnsafeBufferPointer<UInt8>) -> Int64? {
    let count = text.count
    guard count >= 19, count <= 27, let base = text.baseAddress else { return general(text) }
    let raw = UnsafeRawPointer(base)
    let head = UInt64(littleEndian: raw.loadUnaligned(as: UInt64.self))
    let tail = UInt16(littleEndian: raw.loadUnaligned(fromByteOffset: 8, as: UInt16.self))
    if head != dateHead || tail != dateTail {
      guard let days = TimestampText.days(UnsafeBufferPointer(start: base, count: 10)) else { return general(text) }
      dateHead = head
      dateTail = tail
      midnight = days * Calendar.microsecondsPerDay
    }
    guard base[10] == UInt8(ascii: "T") || base[10] == UInt8(ascii: " ") else { return general(text) }
    // `HH:MM:SS`: eight bytes at once. What is left of digits is below ten, of colons nothing.
    let clock = UInt64(littleEndian: raw.loadUnaligned(fromByteOffset: 11, as: UInt64.self)) ^ 0x3030_3A30_303A_3030
    let isDigits = (clock | (clock &+ 0x0606_0606_0606_0606)) & 0xF0F0_F0F0_F0F0_F0F0 == 0
    guard isDigits, clock & 0x0000_FF00_00FF_0000 == 0 else { return general(text) }
    let pairs = clock &* 10 &+ (clock >> 8)
    let hour = Int64(pairs & 0xFF)
    let minute = Int64((pairs >> 24) & 0xFF)
    let second = Int64((pairs >> 48) & 0xFF)
    guard hour < 24, minute < 60, second < 60 else { return nil }
    let time = midnight &+ (hour &* 3600 &+ minute &* 60 &+ second) &* 1_000_000
    if count == 19 { return zone.utc(fromLocal: time) }
    guard base[count - 1] == UInt8(ascii: "Z") else { return general(text) }
    if count == 20 { return time }
    guard base[19] == UInt8(ascii: "."), count == 24 || count == 27 else { return general(text) }
    var fraction: Int64 = 0
    for index in 20..<(count - 1) {
      let digit = base[index] &- 48
      if digit > 9 { return general(text) }
      fraction = fraction &* 10 &+ Int64(digit)
    }
    return time &+ (count == 24 ? fraction &* 1000 : fraction)
  }

  @inline(never)
  private func general(_ text: UnsafeBufferPointer<UInt8>) -> Int64? {
    TimestampText.microseconds(text, zone: zone)
  }
}
