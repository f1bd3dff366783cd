/// Memory of one column: elements in a row, grown while it is filled, never changed once a column holds it.
///
/// Hot loops take `base` once and index it, so that no row pays for reference counting, exclusivity or bounds checks.
/// That is why the class is unsafe to share while it is filled: whoever fills it owns it alone, and hands it to a `Column`
/// when done. `@unchecked Sendable` rests on that rule.
public final class Buffer<Element: BitwiseCopyable>: @unchecked Sendable {
  // The owner is alone with it while it grows, so checking each access for exclusivity would only cost time.

  // Everything is inlinable: other modules' loops over elements must be compiled for the element that they have.

  @usableFromInline @exclusivity(unchecked) final var memory: UnsafeMutablePointer<Element>
  @usableFromInline @exclusivity(unchecked) final var room: Int
  /// Whoever the memory belongs to; `nil` when it is the buffer's own.
  @usableFromInline @exclusivity(unchecked) final var owner: AnyObject?

  /// The first element. Valid until the buffer grows or is released.
  @inlinable
  public final var base: UnsafeMutablePointer<Element> { memory }
  /// For how many elements there is memory, at least one.
  @inlinable
  public final var capacity: Int { room }
  /// How many elements are filled, from the first.
  @exclusivity(unchecked) public final var count: Int

  /// An empty buffer with room for `capacity` elements before it grows.
  @inlinable
  public init(capacity: Int) {
    room = max(capacity, 1)
    memory = .allocate(capacity: room)
    count = 0
  }

  /// A buffer of `count` equal elements.
  @inlinable
  public convenience init(repeating element: Element, count: Int) {
    self.init(capacity: count)
    memory.update(repeating: element, count: count)
    self.count = count
  }

  /// A copy of an array.
  @inlinable
  public convenience init(_ elements: [Element]) {
    self.init(capacity: elements.count)
    elements.withUnsafeBufferPointer { source in
      if let first = source.baseAddress { memory.update(from: first, count: source.count) }
    }
    count = elements.count
  }

  /// A buffer over `count` elements that belong to `owner`, which is kept as long as the buffer needs them. They are never written
  /// to; a buffer that grows copies them.
  @inlinable
  public init(borrowing elements: UnsafePointer<Element>, count: Int, owner: AnyObject) {
    memory = UnsafeMutablePointer(mutating: elements)
    room = count
    self.owner = owner
    self.count = count
  }

  deinit { if owner == nil { memory.deallocate() } }

  /// The element at an index below `count`, which is checked; loops use `base`.
  public subscript(_ index: Int) -> Element {
    get {
      precondition(index >= 0 && index < count, "Buffer index \(index) is outside 0..<\(count)")
      return base[index]
    }
    set {
      precondition(index >= 0 && index < count, "Buffer index \(index) is outside 0..<\(count)")
      base[index] = newValue
    }
  }

  /// Makes room for `capacity` elements in all; keeps those that are filled.
  ///
  /// - Complexity: O(count) when it grows.
  @inlinable
  public func reserve(_ capacity: Int) {
    if capacity > room { grow(to: max(capacity, room * 2)) }
  }

  @usableFromInline
  func grow(to capacity: Int) {
    let larger = UnsafeMutablePointer<Element>.allocate(capacity: capacity)
    larger.update(from: memory, count: count)
    if owner == nil { memory.deallocate() } else { owner = nil }
    memory = larger
    room = capacity
  }

  /// Adds one element.
  ///
  /// - Complexity: O(1) on average.
  @inlinable
  public func append(_ element: Element) {
    if count == capacity { reserve(count + 1) }
    base[count] = element
    count += 1
  }

  /// Adds `added` elements from memory that must not be this buffer's own.
  @inlinable
  public func append(contentsOf source: UnsafePointer<Element>, count added: Int) {
    reserve(count + added)
    (base + count).update(from: source, count: added)
    count += added
  }

  /// Grows or shrinks to `newCount`; new elements are `filler`.
  @inlinable
  public func resize(to newCount: Int, filling filler: Element) {
    if newCount > count {
      reserve(newCount)
      (base + count).update(repeating: filler, count: newCount - count)
    }
    count = newCount
  }

  /// Bytes of memory held, for the memory budget.
  @inlinable
  public var bytes: Int { capacity * MemoryLayout<Element>.stride }

  /// The elements as an array; for edges and tests.
  public var elements: [Element] { Array(UnsafeBufferPointer(start: base, count: count)) }
}
