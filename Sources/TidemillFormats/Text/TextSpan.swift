import SimdjsonBridge

/// Where the text of one value lies, before a column's loop converts it.
typealias TextSpan = tidemill_json_span

extension TextSpan {
  /// The text lies in the column's heap, because it had escapes; else in the input.
  static let inHeap = UInt32(tidemill_json_in_heap)
  /// The text was a JSON number.
  static let wasNumber = UInt32(tidemill_json_was_number)

  @inline(__always)
  func text(input: UnsafePointer<UInt8>, heap: UnsafePointer<UInt8>) -> UnsafeBufferPointer<UInt8> {
    UnsafeBufferPointer(
      start: (flags & Self.inHeap != 0 ? heap : input) + Int(truncatingIfNeeded: offset),
      count: Int(truncatingIfNeeded: length))
  }
}
