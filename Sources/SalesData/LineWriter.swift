import TidemillColumns

/// Writes text into memory that is large enough.
struct LineWriter {
  let base: UnsafeMutablePointer<UInt8>
  var count = 0

  init(base: UnsafeMutablePointer<UInt8>) { self.base = base }

  @inline(__always)
  mutating func write(_ byte: UInt8) {
    base[count] = byte
    count += 1
  }

  @inline(__always)
  mutating func write(_ text: StaticString) {
    (base + count).update(from: text.utf8Start, count: text.utf8CodeUnitCount)
    count += text.utf8CodeUnitCount
  }

  @inline(__always)
  mutating func write(_ bytes: [UInt8]) {
    bytes.withUnsafeBufferPointer { (base + count).update(from: $0.baseAddress!, count: $0.count) }
    count += bytes.count
  }

  @inline(__always)
  mutating func write(_ number: Int) { write(number, width: number < 10 ? 1 : number < 100 ? 2 : number < 1000 ? 3 : 4) }

  @inline(__always)
  mutating func write(_ number: Int, width: Int) {
    var rest = UInt32(truncatingIfNeeded: number)
    var place = count + width
    while place > count {
      place -= 1
      base[place] = 48 + UInt8(truncatingIfNeeded: rest % 10)
      rest /= 10
    }
    count += width
  }
}

/// Writes times as `2024-03-01T12:34:56.789Z`.
struct TimeWriter {
  private var day = Int64.min
  private var date: [UInt8] = []

  mutating func write(_ milliseconds: Int64, to line: inout LineWriter) {
    var days = milliseconds / 86_400_000
    var rest = milliseconds % 86_400_000
    if rest < 0 {
      days -= 1
      rest += 86_400_000
    }
    if days != day {
      day = days
      date.removeAll(keepingCapacity: true)
      TimestampText.appendDate(days: days, to: &date)
    }
    line.write(date)
    line.write(UInt8(ascii: "T"))
    line.write(Int(rest / 3_600_000), width: 2)
    line.write(UInt8(ascii: ":"))
    line.write(Int(rest / 60_000 % 60), width: 2)
    line.write(UInt8(ascii: ":"))
    line.write(Int(rest / 1000 % 60), width: 2)
    line.write(UInt8(ascii: "."))
    line.write(Int(rest % 1000), width: 3)
    line.write(UInt8(ascii: "Z"))
  }
}
