/// The strings of one column: a view per row, and a heap for those too long to lie in their view. UTF-8 throughout.
public final class StringStorage: @unchecked Sendable {
  /// One view a row.
  public let views: Buffer<StringView>
  /// The bytes of strings that are too long for their view.
  public let heap: Buffer<UInt8>

  /// No strings, with room for `capacity` views and `heapCapacity` bytes of long strings.
  public init(capacity: Int, heapCapacity: Int = 0) {
    views = Buffer(capacity: capacity)
    heap = Buffer(capacity: heapCapacity)
  }

  /// Strings over existing memory; every long view must point into `heap`.
  public init(views: Buffer<StringView>, heap: Buffer<UInt8>) {
    self.views = views
    self.heap = heap
  }

  /// How many strings there are.
  public var count: Int { views.count }

  /// Adds a string from UTF-8 bytes.
  public func append(_ bytes: UnsafePointer<UInt8>, count: Int) {
    views.append(StringView(bytes: bytes, count: count, offset: heap.count))
    if count > StringView.inlineCapacity { heap.append(contentsOf: bytes, count: count) }
  }

  /// Adds a string.
  public func append(_ string: String) {
    var string = string
    string.withUTF8 { bytes in
      if let first = bytes.baseAddress { append(first, count: bytes.count) } else { views.append(.empty) }
    }
  }

  /// Appends row `row` of another column's strings.
  public func append(row: Int, of other: StringStorage) {
    let view = other.views.base[row]
    if view.isInline { views.append(view) } else { append(other.heap.base + view.offset, count: view.count) }
  }

  /// Calls `body` with the bytes of row `row`.
  @inlinable
  public func withBytes<Result>(_ row: Int, _ body: (UnsafeBufferPointer<UInt8>) throws -> Result) rethrows -> Result {
    try StringStorage.withBytes(of: views.base + row, heap: heap.base, body)
  }

  /// Calls `body` with the bytes of the view at `view`, whose long form lies in `heap`.
  @inlinable
  public static func withBytes<Result>(
    of view: UnsafePointer<StringView>, heap: UnsafePointer<UInt8>,
    _ body: (UnsafeBufferPointer<UInt8>) throws -> Result
  ) rethrows -> Result {
    let count = view.pointee.count
    if view.pointee.isInline {
      return try body(
        UnsafeBufferPointer(start: (UnsafeRawPointer(view) + 4).assumingMemoryBound(to: UInt8.self), count: count))
    }
    return try body(UnsafeBufferPointer(start: heap + view.pointee.offset, count: count))
  }

  /// One string; for edges and tests, since it allocates.
  public func string(_ row: Int) -> String { withBytes(row) { String(decoding: $0, as: UTF8.self) } }

  /// Whether row `row` equals row `otherRow` of `other`, byte for byte.
  public func isEqual(_ row: Int, to other: StringStorage, row otherRow: Int) -> Bool {
    let left = views.base[row]
    let right = other.views.base[otherRow]
    if left.head != right.head { return false }
    if left.isInline { return left.tail == right.tail }
    return compareBytes(heap.base + left.offset, other.heap.base + right.offset, count: left.count) == 0
  }

  /// Orders two strings by their UTF-8 bytes, which is the order of their code points: negative, zero or positive.
  public func compare(_ row: Int, to other: StringStorage, row otherRow: Int) -> Int {
    withBytes(row) { left in other.withBytes(otherRow) { right in compareLexically(left, right) } }
  }
}

/// The order of two byte strings: negative, zero or positive.
public func compareLexically(_ left: UnsafeBufferPointer<UInt8>, _ right: UnsafeBufferPointer<UInt8>) -> Int {
  let shared = min(left.count, right.count)
  if shared > 0 {
    let order = compareBytes(left.baseAddress!, right.baseAddress!, count: shared)
    if order != 0 { return order }
  }
  return left.count - right.count
}

func compareBytes(_ left: UnsafePointer<UInt8>, _ right: UnsafePointer<UInt8>, count: Int) -> Int {
  var index = 0
  while index + 8 <= count {
    let one = UnsafeRawPointer(left + index).loadUnaligned(as: UInt64.self)
    let two = UnsafeRawPointer(right + index).loadUnaligned(as: UInt64.self)
    if one != two { return one.bigEndian < two.bigEndian ? -1 : 1 }
    index += 8
  }
  while index < count {
    if left[index] != right[index] { return Int(left[index]) - Int(right[index]) }
    index += 1
  }
  return 0
}
