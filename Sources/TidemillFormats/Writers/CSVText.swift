import TidemillColumns

/// Writes text as CSV fields, quoted where it would else be taken for something different.
struct CSVText {
  private let quote: UInt8
  private let escape: UInt8
  private let nullText: [UInt8]
  /// By byte: 1 if text with it is quoted.
  private let marks = Buffer<UInt8>(repeating: 0, count: 256)
  private let isMark: UnsafeMutablePointer<UInt8>

  init(_ options: CSVOptions) {
    quote = options.quote
    escape = options.escape
    nullText = Array(options.nullValue.utf8)
    for byte in [options.separator, options.quote, options.escape, 10, 13] { marks[Int(byte)] = 1 }
    isMark = marks.base
  }

  /// Asks for room itself.
  @inline(__always)
  func write(_ text: UnsafeBufferPointer<UInt8>, to sink: inout ByteSink) {
    sink.reserve(text.count * 2 + 2)
    var found: UInt8 = 0
    for index in 0..<text.count { found |= isMark[Int(text.baseAddress.unsafelyUnwrapped[index])] }
    if found != 0 || text.isEmpty || text.count == nullText.count && isNullText(text) { return writeQuoted(text, to: &sink) }
    let first = text.baseAddress.unsafelyUnwrapped
    sink.write(first, text.count)
  }

  private func isNullText(_ text: UnsafeBufferPointer<UInt8>) -> Bool { text.elementsEqual(nullText) }

  @inline(never)
  private func writeQuoted(_ text: UnsafeBufferPointer<UInt8>, to sink: inout ByteSink) {
    sink.write(quote)
    for byte in text {
      if byte == quote || byte == escape { sink.write(escape) }
      sink.write(byte)
    }
    sink.write(quote)
  }
}
