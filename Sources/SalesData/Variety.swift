/// How one line of the varied shape differs from the next, all of it drawn from one random word.
///
/// Each `write…` gives the field with its key, or says that this line goes without it.
struct Variety {
  enum Field { case product, amount, time, region, store, note, tags, discount }

  private let word: UInt64

  init(_ word: UInt64) { self.word = word }

  /// `count` bits of the word, from bit `start` on. No two uses overlap.
  private func bits(_ start: UInt64, _ count: UInt64) -> Int { Int((word >> start) & ((1 << count) - 1)) }

  /// Half of the lines are of one writer; the others are of seven that go their own ways.
  var order: [Field] { Self.orders[bits(0, 4) < 8 ? 0 : bits(0, 3)] }

  private static let orders: [[Field]] = [
    [.product, .amount, .time, .region, .store, .tags, .note, .discount],
    [.time, .product, .amount, .region, .store, .note],
    [.store, .region, .product, .discount, .amount, .time],
    [.note, .tags, .store, .time, .amount, .product],
    [.amount, .product, .time, .region],
    [.region, .time, .discount, .store, .product, .note, .amount, .tags],
    [.tags, .product, .note, .amount, .store, .time, .region],
    [.time, .amount, .discount, .product, .tags, .region, .store],
  ]

  /// One line in 128 has no product, one has `null`, and one writes the id with an escape.
  func writeProduct(_ product: Int, width: Int, to line: inout LineWriter) -> Bool {
    let kind = bits(4, 7)
    if kind == 0 { return false }
    line.write("\"product_id\":")
    if kind == 1 {
      line.write("null")
      return true
    }
    line.write(kind == 2 ? "\"p\\u002d" : "\"p-")
    line.write(product, width: width)
    line.write(UInt8(ascii: "\""))
    return true
  }

  /// One line in 128 has no amount, and one has `null`.
  func writeAmount(_ amount: Int, to line: inout LineWriter) -> Bool {
    let kind = bits(11, 7)
    if kind == 0 { return false }
    line.write("\"sales_amount\":")
    if kind == 1 { line.write("null") } else { line.write(amount) }
    return true
  }

  func writeRegion(_ region: StaticString, to line: inout LineWriter) -> Bool {
    line.write("\"region\":\"")
    line.write(region)
    line.write(UInt8(ascii: "\""))
    return true
  }

  /// Eight cities, some of them with letters beyond ASCII, escaped or not.
  func writeStore(to line: inout LineWriter) -> Bool {
    let store = bits(18, 9)
    line.write("\"store\":{\"id\":")
    line.write(store)
    line.write(",\"city\":\"")
    line.write(Self.cities[store & 7])
    line.write("\"}")
    return true
  }

  private static let cities: [StaticString] = [
    "Lund", "Malmö", "Saint-\\u00c9tienne", "S\\u00e3o Paulo", "Utrecht", "Łódź", "Oakland", "\\u5927\\u962a",
  ]

  func writeNote(to line: inout LineWriter) -> Bool {
    let kind = bits(27, 4)
    if kind >= Self.notes.count { return false }
    line.write("\"note\":\"")
    line.write(Self.notes[kind])
    line.write(UInt8(ascii: "\""))
    return true
  }

  private static let notes: [StaticString] = [
    "", "gift wrapped", "says \\\"call first\\\"", "path C:\\\\till\\\\3", "two\\nlines", "caf\\u00e9 \\ud83d\\ude00",
    "\\\"sales_amount\\\":7", "braces } ] and, commas", "tab\\tslash\\/ done",
  ]

  /// Up to three of them.
  func writeTags(to line: inout LineWriter) -> Bool {
    line.write("\"tags\":[")
    for index in 0..<bits(31, 2) {
      if index > 0 { line.write(UInt8(ascii: ",")) }
      line.write(UInt8(ascii: "\""))
      line.write(Self.tags[(bits(33, 2) + index) & 3])
      line.write(UInt8(ascii: "\""))
    }
    line.write(UInt8(ascii: "]"))
    return true
  }

  private static let tags: [StaticString] = ["new", "sale", "online", "b\\\\w"]

  func writeDiscount(to line: inout LineWriter) -> Bool {
    line.write("\"discount\":")
    switch bits(35, 3) {
    case 0: line.write("null")
    case 1: line.write("1.5e-1")
    case 2: line.write("{\"percent\":20,\"code\":null}")
    default: line.write("0.05")
    }
    return true
  }
}
