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
    let milliseconds = tidemill_clock(at + 10)
    guard milliseconds >= 0 else { return nil }
    if tidemill_difference(at, date) & tidemill_first_bytes(12) != 0 {
      guard takeDate(at) else { return nil }
    }
    return midnight &+ milliseconds &* 1000
  }

  /// Takes `"2024-03-01T` as the date from here on.
  @inline(never)
  private mutating func takeDate(_ at: UnsafePointer<UInt8>) -> Bool {
    // One look for both what is compared and what it means.
    let text = UnsafeRawPointer(at).loadUnaligned(as: SIMD16<UInt8>.self)
    guard text[0] == UInt8(ascii: "\""), text[11] == UInt8(ascii: "T"),
      let days = withUnsafeBytes(
        of: text, { TimestampText.days(UnsafeBufferPointer(rebasing: $0.bindMemory(to: UInt8.self)[1..<11])) })
    else { return false }
    UnsafeMutableRawPointer(date).storeBytes(of: text, as: SIMD16<UInt8>.self)
    midnight = days &* Calendar.microsecondsPerDay
    return true
  }

  /// A timestamp of any form, seconds since 1970 as a number, or `null`. Stores the row's value and returns where its text ends;
  /// `nil` when it is none.
  @inline(never)
  mutating func any(
    _ at: UnsafePointer<UInt8>, _ limit: UnsafePointer<UInt8>, _ row: Int, _ slot: UnsafeMutablePointer<JSONSlot>
  ) -> UnsafePointer<UInt8>? {
    var time: Int64?
    var end: UnsafePointer<UInt8>
    if at[0] == UInt8(ascii: "\"") {
      guard let text = JSONTextScan.text(at + 1, limit) else { return nil }
      time = Self.withContent(at + 1, text) { reader.microseconds($0) }
      end = text.end + 1
    } else if JSONTextScan.startsNumber(at[0]) {
      guard let next = JSONTextScan.number(at, limit) else { return nil }
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
    _ at: UnsafePointer<UInt8>, _ limit: UnsafePointer<UInt8>, _ row: Int, _ slot: UnsafeMutablePointer<JSONSlot>
  ) -> UnsafePointer<UInt8>? {
    guard at[0] == UInt8(ascii: "\"") else { return slot.pointee.readNull(at, row) }
    guard let text = JSONTextScan.text(at + 1, limit) else { return nil }
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
    // An escape that was cut off meanwhile may become a few bytes more than were counted.
    return withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 72) { plain in
      let length = tidemill_json_unescape(start, count, plain.baseAddress!)
      return body(UnsafeBufferPointer(start: plain.baseAddress!, count: length))
    }
  }
}
