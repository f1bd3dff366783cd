import TidemillColumns

/// Reads timestamps as most files have them, `2024-03-01T12:34:56` with three, six or no digits of fraction and `Z`, eight bytes
/// at a time; neighbours mostly share their date, so the last one's is kept.
///
/// It gives what `TimestampText.microseconds` gives, or `nil` where that must be asked.
struct PlainTimestamp {
  /// The date and what stands between it and the time, as 11 bytes; at first none that there are.
  private var dateHead: UInt64 = 0
  private var dateTail = UInt32.max
  private var midnight: Int64 = 0

  /// - Parameter text: behind it at least eight more bytes must be readable.
  @inline(__always)
  mutating func microseconds(_ text: UnsafePointer<UInt8>, count: Int) -> Int64? {
    guard count >= 20, count <= 27 else { return nil }
    let raw = UnsafeRawPointer(text)
    let head = UInt64(littleEndian: raw.loadUnaligned(as: UInt64.self))
    let tail = UInt32(littleEndian: raw.loadUnaligned(fromByteOffset: 8, as: UInt32.self)) & 0xFF_FFFF
    if head != dateHead || tail != dateTail {
      guard keepDate(text, head, tail) else { return nil }
    }
    // `HH:MM:SS`. What is left of digits is below ten, of colons nothing.
    let clock = UInt64(littleEndian: raw.loadUnaligned(fromByteOffset: 11, as: UInt64.self)) ^ 0x3030_3A30_303A_3030
    let isDigits = (clock | (clock &+ 0x0606_0606_0606_0606)) & 0xF0F0_F0F0_F0F0_F0F0 == 0
    guard isDigits, clock & 0x0000_FF00_00FF_0000 == 0 else { return nil }
    let pairs = clock &* 10 &+ (clock >> 8)
    let hour = Int64(truncatingIfNeeded: pairs & 0xFF)
    let minute = Int64(truncatingIfNeeded: (pairs >> 24) & 0xFF)
    let second = Int64(truncatingIfNeeded: (pairs >> 48) & 0xFF)
    guard hour < 24, minute < 60, second < 60 else { return nil }
    let time = midnight &+ (hour &* 3600 &+ minute &* 60 &+ second) &* 1_000_000
    if count == 24 {
      // `.123Z`, of which the point is looked at on its own.
      let rest = UInt32(littleEndian: raw.loadUnaligned(fromByteOffset: 20, as: UInt32.self)) ^ 0x5A30_3030
      guard text[19] == UInt8(ascii: "."), (rest | (rest &+ 0x0006_0606)) & 0xFFF0_F0F0 == 0 else { return nil }
      let fraction = (rest & 0xFF) &* 100 &+ (rest >> 8 & 0xFF) &* 10 &+ rest >> 16
      return time &+ Int64(fraction) &* 1000
    }
    guard text[count - 1] == UInt8(ascii: "Z") else { return nil }
    if count == 20 { return time }
    guard count == 27, text[19] == UInt8(ascii: ".") else { return nil }
    var fraction: Int64 = 0
    for index in 20..<26 {
      let digit = text[index] &- 48
      if digit > 9 { return nil }
      fraction = fraction &* 10 &+ Int64(digit)
    }
    return time &+ fraction
  }

  @inline(never)
  private mutating func keepDate(_ text: UnsafePointer<UInt8>, _ head: UInt64, _ tail: UInt32) -> Bool {
    guard text[10] == UInt8(ascii: "T") || text[10] == UInt8(ascii: " "),
      let days = TimestampText.days(UnsafeBufferPointer(start: text, count: 10))
    else { return false }
    dateHead = head
    dateTail = tail
    midnight = days * Calendar.microsecondsPerDay
    return true
  }
}
