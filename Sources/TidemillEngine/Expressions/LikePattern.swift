/// A LIKE pattern made ready: `%` is any text, `_` one Unicode scalar, `\` takes the next character as it is.
///
/// A `\` at the very end stands for itself.
struct LikePattern {
  /// Patterns without `_` that need no search in several steps, which are most.
  private enum Shape {
    case everything
    case equal, prefix, suffix, contains
    case general
  }

  /// One byte of the pattern, or `anyScalar`.
  private typealias Item = UInt16
  private static let anyScalar: Item = 256

  private let shape: Shape
  /// The literal bytes of a simple shape.
  private let literal: [UInt8]
  /// All items but `%`.
  private let items: [Item]
  /// The stretches of items between `%`s: the first begins the text, the last ends it, those between are not empty.
  private let segments: [Range<Int>]

  init(_ pattern: String) {
    var items: [Item] = []
    var segments: [Range<Int>] = []
    var start = 0
    var isEscaped = false
    for byte in pattern.utf8 {
      if isEscaped {
        items.append(Item(byte))
        isEscaped = false
      } else if byte == UInt8(ascii: "\\") {
        isEscaped = true
      } else if byte == UInt8(ascii: "_") {
        items.append(Self.anyScalar)
      } else if byte == UInt8(ascii: "%") {
        // Of the stretches between two %, empty ones say nothing.
        if segments.isEmpty || start < items.count { segments.append(start..<items.count) }
        start = items.count
      } else {
        items.append(Item(byte))
      }
    }
    if isEscaped { items.append(Item(UInt8(ascii: "\\"))) }
    segments.append(start..<items.count)
    self.items = items
    self.segments = segments
    literal = items.map { UInt8(truncatingIfNeeded: $0) }
    if items.contains(Self.anyScalar) {
      shape = .general
      return
    }
    switch (segments.count, segments[0].isEmpty, segments[segments.count - 1].isEmpty) {
    case (1, _, _): shape = .equal
    case (2, true, true): shape = .everything
    case (2, false, true): shape = .prefix
    case (2, true, false): shape = .suffix
    case (3, true, true): shape = .contains
    default: shape = .general
    }
  }

  func matches(_ text: UnsafeBufferPointer<UInt8>) -> Bool {
    if shape == .everything { return true }
    if shape == .general { return items.withUnsafeBufferPointer { matches(text, $0) } }
    return literal.withUnsafeBufferPointer { literal in
      switch shape {
      case .equal: text.count == literal.count && text.hasStart(literal)
      case .prefix: text.hasStart(literal)
      case .suffix: text.hasEnd(literal)
      default: text.firstOffset(of: literal, from: 0) != nil
      }
    }
  }

  private func matches(_ text: UnsafeBufferPointer<UInt8>, _ items: UnsafeBufferPointer<Item>) -> Bool {
    guard var offset = end(of: segments[0], in: text, at: 0, items) else { return false }
    if segments.count == 1 { return offset == text.count }
    // The leftmost place of each stretch leaves most room for the next, so no other has to be tried.
    for segment in segments[1..<(segments.count - 1)] {
      var start = offset
      while true {
        if let end = end(of: segment, in: text, at: start, items) {
          offset = end
          break
        }
        if start >= text.count { return false }
        start = text.scalarEnd(start)
      }
    }
    let last = segments[segments.count - 1]
    let scalars = last.count { items[$0] == Self.anyScalar || items[$0] & 0xC0 != 0x80 }
    guard let start = text.offset(beforeEnd: scalars), start >= offset else { return false }
    return end(of: last, in: text, at: start, items) == text.count
  }

  /// Where a stretch that begins at `offset` ends; `nil` when it does not match there.
  private func end(
    of segment: Range<Int>, in text: UnsafeBufferPointer<UInt8>, at offset: Int, _ items: UnsafeBufferPointer<Item>
  ) -> Int? {
    var offset = offset
    for index in segment {
      if offset >= text.count { return nil }
      if items[index] == Self.anyScalar {
        offset = text.scalarEnd(offset)
      } else {
        if Item(text[offset]) != items[index] { return nil }
        offset += 1
      }
    }
    return offset
  }
}
