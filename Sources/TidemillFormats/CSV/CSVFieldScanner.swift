import TidemillColumns

/// Takes lines of CSV apart into fields.
struct CSVFieldScanner {
  let options: CSVOptions
  private let separator: UInt8
  private let quote: UInt8

  init(_ options: CSVOptions) {
    self.options = options
    separator = options.separator
    quote = options.quote
  }

  /// One field: the text between its separators or quotes.
  struct Field {
    var start: Int
    var end: Int
    var isQuoted = false
    /// Quoted text that still has its escapes.
    var hasEscapes = false
  }

  /// Reads the field that begins at `start` of the line ending at `end`, and gives where its separator stands, or `end`.
  ///
  /// - Returns: what is wrong with it; `nil` if nothing is.
  @inline(__always)
  func next(
    _ bytes: UnsafePointer<UInt8>, from start: Int, to end: Int, field: inout Field, stop: inout Int
  ) -> StaticString? {
    if start < end, bytes[start] == quote {
      return quoted(bytes, from: start, to: end, field: &field, stop: &stop)
    }
    var index = start
    while index < end, bytes[index] != separator { index += 1 }
    field = Field(start: start, end: index)
    stop = index
    return nil
  }

  @inline(never)
  private func quoted(
    _ bytes: UnsafePointer<UInt8>, from start: Int, to end: Int, field: inout Field, stop: inout Int
  ) -> StaticString? {
    var index = start + 1
    var hasEscapes = false
    while index < end {
      let byte = bytes[index]
      if byte == options.escape, index + 1 < end, bytes[index + 1] == quote || bytes[index + 1] == options.escape {
        hasEscapes = true
        index += 2
      } else if byte == quote {
        guard index + 1 == end || bytes[index + 1] == separator else { return "text behind a closing quote" }
        field = Field(start: start + 1, end: index, isQuoted: true, hasEscapes: hasEscapes)
        stop = index + 1
        return nil
      } else {
        index += 1
      }
    }
    return "a quote is open at the end of the line"
  }

  /// Appends the field's text without its escapes.
  func unescape(_ bytes: UnsafePointer<UInt8>, _ field: Field, into heap: Buffer<UInt8>) {
    heap.reserve(heap.count + field.end - field.start)
    var index = field.start
    while index < field.end {
      let isEscape = bytes[index] == options.escape && index + 1 < field.end
      if isEscape, bytes[index + 1] == quote || bytes[index + 1] == options.escape { index += 1 }
      heap.append(bytes[index])
      index += 1
    }
  }

  /// All fields of one line as strings; `nil` when it is malformed. For headers and samples.
  func strings(_ line: UnsafeBufferPointer<UInt8>) -> [String]? {
    guard let bytes = line.baseAddress else { return [""] }
    var result: [String] = []
    var start = 0
    var field = Field(start: 0, end: 0)
    var stop = 0
    while true {
      if next(bytes, from: start, to: line.count, field: &field, stop: &stop) != nil { return nil }
      let text = Buffer<UInt8>(capacity: 0)
      if field.hasEscapes {
        unescape(bytes, field, into: text)
      } else {
        text.append(contentsOf: bytes + field.start, count: field.end - field.start)
      }
      result.append(String(decoding: UnsafeBufferPointer(start: text.base, count: text.count), as: UTF8.self))
      if stop >= line.count { return result }
      start = stop + 1
    }
  }
}
