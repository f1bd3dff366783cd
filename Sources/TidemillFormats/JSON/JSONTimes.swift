import SimdjsonBridge
import TidemillColumns

/// Times and dates read where they stand in JSON text. Neighbours mostly share their date, so the last one's is kept.
///
/// It gives what `TimestampReader` gives, sooner.
struct JSONTimes {
  /// Of `"2024-03-01T12:34:56.789Z"`, with its quotes.
  static let plainLength = 26

  private var reader: TimestampReader
  /// The last date as it is written, with the quote before it and the `T` behind it: what it is at first is one, too.
  private let date: UnsafeMutablePointer<UInt8>
  private var midnight: Int64 = 0

  /// - Parameter date: sixteen bytes that are only for this, as long as it is used.
  init(zone: SessionZone, date: UnsafeMutablePointer<UInt8>) {
    reader = TimestampReader(zone: zone)
    self.date = date
    for (index, byte) in StaticString("\"1970-01-01T0000").withUTF8Buffer({ Array($0) }).enumerated() { date[index] = byte }
  }

  /// Microseconds since 1970 of text of the usual form, `"2024-03-01T12:34:56.789Z"`; `nil` for any other.
  @inline(__always)
  mutating func plain(_ at: UnsafePointer<UInt8>) -> Int64? {
    let raw = UnsafeRawPointer(at)
    // What is left of digits is below ten, of everything else nothing.
    let clock = UInt64(littleEndian: raw.loadUnaligned(fromByteOffset: 12, as: UInt64.self)) ^ 0x3030_3A30_303A_3030
    let rest = UInt64(littleEndian: raw.loadUnaligned(fromByteOffset: 18, as: UInt64.self)) ^ 0x225A_3030_302E_3030
    let oddClock = (clock | (clock &+ 0x0606_7F06_067F_0606)) & 0xF0F0_80F0_F080_F0F0
    let oddRest = (rest | (rest &+ 0x7F7F_0606_067F_0606)) & 0x8080_F0F0_F080_F0F0
    // Hours, minutes and seconds lie at bytes 0, 3 and 6. Added to what lacks of 128, none may reach it.
    let pairs = clock &* 10 &+ (clock &>> 8)
    let tooHigh = ((pairs & 0x007F_0000_7F00_007F) &+ 0x0044_0000_4400_0068) & 0x0080_0000_8000_0080
    guard oddClock | oddRest | tooHigh == 0 else { return nil }
    if tidemill_difference(at, date) & tidemill_first_bytes(12) != 0 {
      guard takeDate(at) else { return nil }
    }
    let hour = Int64(truncatingIfNeeded: pairs & 0xFF)
    let minute = Int64(truncatingIfNeeded: (pairs &>> 24) & 0xFF)
    let second = Int64(truncatingIfNeeded: (pairs &>> 48) & 0xFF)
    let hundreds = Int64(truncatingIfNeeded: (rest &>> 24) & 0xF)
    let tens = Int64(truncatingIfNeeded: (rest &>> 32) & 0xF)
    let ones = Int64(truncatingIfNeeded: (rest &>> 40) & 0xF)
    let seconds = (hour &* 60 &+ minute) &* 60 &+ second
    let milliseconds = (hundreds &* 10 &+ tens) &* 10 &+ ones
    return midnight &+ (seconds &* 1000 &+ milliseconds) &* 1000
  }

  /// Takes `"2024-03-01T` as the date from here on.
  @inline(never)
  private mutating func takeDate(_ at: UnsafePointer<UInt8>) -> Bool {
    guard at[0] == UInt8(ascii: "\""), at[11] == UInt8(ascii: "T"),
      let days = TimestampText.days(UnsafeBufferPointer(start: at + 1, count: 10))
    else { return false }
    tidemill_copy16(date, at)
    midnight = days &* Calendar.microsecondsPerDay
    return true
  }

  /// A timestamp of any form, seconds since 1970 as a number, or `null`. Stores the row's value and returns where its text ends;
  /// `nil` when it is none.
  @inline(never)
  mutating func any(
    _ at: UnsafePointer<UInt8>, _ row: Int, _ slot: UnsafeMutablePointer<JSONSlot>
  ) -> UnsafePointer<UInt8>? {
    var time: Int64?
    var end: UnsafePointer<UInt8>
    if at[0] == UInt8(ascii: "\"") {
      guard let text = JSONTextScan.text(at + 1) else { return nil }
      time = Self.withContent(at + 1, text) { reader.microseconds($0) }
      end = text.end + 1
    } else if JSONTextScan.startsNumber(at[0]) {
      guard let next = JSONTextScan.number(at) else { return nil }
      time = TextParsing.integer(UnsafeBufferPointer(start: at, count: next - at)).flatMap {
        TextParsing.timestamp(seconds: $0)
      }
      end = next
    } else {
      return slot.pointee.readNull(at, row)
    }
    guard let time else { return nil }
    slot.pointee.values.storeBytes(of: time, toByteOffset: row &* 8, as: Int64.self)
    return end
  }

  /// `"2024-03-01"` or `null`, in the same way.
  mutating func date(
    _ at: UnsafePointer<UInt8>, _ row: Int, _ slot: UnsafeMutablePointer<JSONSlot>
  ) -> UnsafePointer<UInt8>? {
    guard at[0] == UInt8(ascii: "\"") else { return slot.pointee.readNull(at, row) }
    guard let text = JSONTextScan.text(at + 1) else { return nil }
    guard let found = Self.withContent(at + 1, text, { TimestampText.days($0) }) else { return nil }
    slot.pointee.values.storeBytes(of: found, toByteOffset: row &* 8, as: Int64.self)
    return text.end + 1
  }

  /// Calls `body` with a string's content, without its escapes if it is short.
  @inline(__always)
  private static func withContent(
    _ start: UnsafePointer<UInt8>, _ text: JSONTextScan.Text, _ body: (UnsafeBufferPointer<UInt8>) -> Int64?
  ) -> Int64? {
    let count = text.end - start
    guard text.hasEscapes else { return body(UnsafeBufferPointer(start: start, count: count)) }
    guard count <= 64 else { return nil }
    return withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 64) { plain in
      let length = tidemill_json_unescape(start, count, plain.baseAddress!)
      return body(UnsafeBufferPointer(start: plain.baseAddress!, count: length))
    }
  }
}
