/// Sixteen bytes that stand for a string, in Arrow's spirit: up to twelve bytes inline, else a prefix and an offset.
///
/// `head` is the length (low half) and the first four bytes (high half); `tail` is the next eight bytes of a short string or
/// the offset of the whole string in the column's heap. Bytes that a short string does not use are zero, so two short
/// strings are equal exactly when both words are.
@frozen
public struct StringView: BitwiseCopyable, Sendable {
  /// The length in the lower half, the first four bytes in the upper.
  public var head: UInt64
  /// The other bytes of a short string; the place in the heap of a long one.
  public var tail: UInt64

  /// The longest string that lies inline.
  public static let inlineCapacity = 12

  /// A view from its two words, taken as they are.
  @inlinable
  public init(head: UInt64, tail: UInt64) {
    self.head = head
    self.tail = tail
  }

  /// The string without bytes.
  public static let empty = StringView(head: 0, tail: 0)

  /// How many bytes the string has.
  @inlinable
  public var count: Int { Int(truncatingIfNeeded: head & 0xFFFF_FFFF) }

  /// Whether all bytes are in the view: at most 12.
  @inlinable
  public var isInline: Bool { head & 0xFFFF_FFFF <= 12 }

  /// Where a long string begins in its heap.
  @inlinable
  public var offset: Int { Int(truncatingIfNeeded: tail) }

  /// A view of `count` bytes at `bytes`, which lie at `offset` of the heap if they are too many to lie inline.
  @inlinable
  public init(bytes: UnsafePointer<UInt8>, count: Int, offset: Int) {
    var prefix: UInt32 = 0
    if count <= 12 {
      var rest: UInt64 = 0
      withUnsafeMutableBytes(of: &prefix) { $0.baseAddress!.copyMemory(from: bytes, byteCount: min(count, 4)) }
      if count > 4 {
        withUnsafeMutableBytes(of: &rest) { $0.baseAddress!.copyMemory(from: bytes + 4, byteCount: count - 4) }
      }
      tail = rest
    } else {
      withUnsafeMutableBytes(of: &prefix) { $0.baseAddress!.copyMemory(from: bytes, byteCount: 4) }
      tail = UInt64(truncatingIfNeeded: offset)
    }
    head = UInt64(truncatingIfNeeded: count) | UInt64(prefix) << 32
  }
}
