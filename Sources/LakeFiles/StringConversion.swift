#if Lake
  import TidemillColumns

  /// Arrow's strings, in whichever of its layouts, as views over one heap. Long strings stay where they are.
  struct StringConversion {
    let storage: StringStorage
    /// Whether all rows are UTF-8; else some may not be.
    let isText: Bool

    /// `nil` when the array holds no strings. Bytes that do not say that they are text are taken as text.
    init?(_ source: ArrowSource) {
      if source.isDictionary {
        guard let values = StringConversion(source.dictionary), let storage = Self.dictionary(source, values.storage) else {
          return nil
        }
        self.storage = storage
        isText = values.isText
        return
      }
      switch source.format {
      case "u", "z": (storage, isText) = Self.texts(source, Int32.self)
      case "U", "Z": (storage, isText) = Self.texts(source, Int64.self)
      case "vu", "vz":
        storage = Self.views(source)
        isText = storage.isText
      default: return nil
      }
    }

    /// Whether a row is UTF-8.
    func isText(_ row: Int) -> Bool { storage.withBytes(row) { UTF8Check.isText(UnsafeRawBufferPointer($0)) } }

    /// Texts one behind the other, and where each begins.
    private static func texts<Offset: FixedWidthInteger & BitwiseCopyable>(
      _ source: ArrowSource, _: Offset.Type
    ) -> (StringStorage, isText: Bool) {
      let count = source.count
      guard let offsets = source.elements(1, of: Offset.self), let bytes = source.bytes(2) else { return (empty(count), true) }
      let text = bytes.assumingMemoryBound(to: UInt8.self)
      let end = Int(offsets[count])
      let views = Buffer<StringView>(capacity: count)
      let target = views.base
      var isAnyLong = false
      var start = Int(offsets[0])
      for row in 0..<count {
        let next = Int(offsets[row + 1])
        let length = next - start
        if length <= StringView.inlineCapacity && start + 12 <= end {
          target[row] = Self.short(bytes + start, length)
        } else {
          target[row] = StringView(bytes: text + start, count: length, offset: start)
          isAnyLong = isAnyLong || length > StringView.inlineCapacity
        }
        start = next
      }
      views.count = count
      let heap = isAnyLong ? Buffer<UInt8>(borrowing: text, count: end, owner: source.owner) : Buffer<UInt8>(capacity: 0)
      // Letters of English need no look at single strings.
      let first = Int(offsets[0])
      let isPlain = UTF8Check.isPlain(UnsafeRawBufferPointer(start: bytes + first, count: end - first))
      let storage = StringStorage(views: views, heap: heap)
      return (storage, isPlain || storage.isText)
    }

    /// A view of at most twelve bytes, of which twelve may be read.
    @inline(__always)
    private static func short(_ bytes: UnsafeRawPointer, _ length: Int) -> StringView {
      let prefix = UInt64(bytes.loadUnaligned(as: UInt32.self))
      let rest = bytes.loadUnaligned(fromByteOffset: 4, as: UInt64.self)
      let ones = UInt64.max
      let prefixMask: UInt64 = length >= 4 ? 0xFFFF_FFFF : (1 << UInt64(length * 8)) &- 1
      let restMask: UInt64 = length >= 12 ? ones : length <= 4 ? 0 : (1 << UInt64((length - 4) * 8)) &- 1
      return StringView(head: UInt64(length) | (prefix & prefixMask) << 32, tail: rest & restMask)
    }

    private static func empty(_ count: Int) -> StringStorage {
      StringStorage(views: Buffer(repeating: .empty, count: count), heap: Buffer(capacity: 0))
    }

    private static func views(_ source: ArrowSource) -> StringStorage {
      let count = source.count
      guard let views = source.elements(1, of: StringView.self) else { return empty(count) }
      // Under a NULL there may be any view, and whoever looks at all rows follows it: none of those may point anywhere.
      var isAnyLong = false
      for row in 0..<count { isAnyLong = isAnyLong || !views[row].isInline }
      if !isAnyLong {
        return StringStorage(views: Buffer(borrowing: views, count: count, owner: source.owner), heap: Buffer(capacity: 0))
      }
      let validity = source.validity
      func isLong(_ row: Int) -> Bool { !views[row].isInline && validity.map { $0.base[row] != 0 } ?? true }
      // The last of the buffers holds the lengths of those between.
      let dataCount = Int(source.array.pointee.n_buffers) - 3
      let isOneBuffer = dataCount == 1
      let heap: Buffer<UInt8>
      if isOneBuffer, let sizes = source.bytes(dataCount + 2), let bytes = source.bytes(2) {
        heap = Buffer(
          borrowing: bytes.assumingMemoryBound(to: UInt8.self), count: Int(sizes.load(as: Int64.self)), owner: source.owner)
      } else {
        heap = Buffer(capacity: dataCount == 0 ? 0 : 1 << 10)
      }
      let result = Buffer<StringView>(capacity: count)
      for row in 0..<count {
        var view = views[row]
        if isLong(row) {
          let (buffer, offset) = (Int(view.tail & 0xFFFF_FFFF), Int(view.tail >> 32))
          if isOneBuffer {
            view.tail = UInt64(offset)
          } else {
            view.tail = UInt64(heap.count)
            heap.append(
              contentsOf: source.bytes(2 + buffer)!.assumingMemoryBound(to: UInt8.self) + offset, count: view.count)
          }
        } else if !view.isInline {
          view = .empty
        }
        result.append(view)
      }
      return StringStorage(views: result, heap: heap)
    }

    /// Indices into a few strings: each row gets the view of its own, and all share the strings' heap.
    private static func dictionary(_ source: ArrowSource, _ values: StringStorage) -> StringStorage? {
      let count = source.count
      let views: Buffer<StringView>?
      switch String(cString: source.schema.pointee.format) {
      case "c": views = gathered(values, source, Int8.self)
      case "C": views = gathered(values, source, UInt8.self)
      case "s": views = gathered(values, source, Int16.self)
      case "S": views = gathered(values, source, UInt16.self)
      case "i": views = gathered(values, source, Int32.self)
      case "I": views = gathered(values, source, UInt32.self)
      case "l", "L": views = gathered(values, source, Int64.self)
      default: views = nil
      }
      return views.map { StringStorage(views: $0, heap: values.heap) } ?? (count == 0 ? empty(0) : nil)
    }

    private static func gathered<Index: FixedWidthInteger & BitwiseCopyable>(
      _ values: StringStorage, _ source: ArrowSource, _: Index.Type
    ) -> Buffer<StringView>? {
      guard let indices = source.elements(1, of: Index.self) else { return nil }
      let count = source.count
      let result = Buffer<StringView>(capacity: count)
      let target = result.base
      let limit = values.views.count
      if limit == 0 {
        target.update(repeating: .empty, count: count)
      } else {
        let views = values.views.base
        for row in 0..<count {
          // Under a NULL there may be any index.
          let index = Int(truncatingIfNeeded: indices[row])
          target[row] = views[index >= 0 && index < limit ? index : 0]
        }
      }
      result.count = count
      return result
    }
  }

  extension StringStorage {
    /// Whether all strings are UTF-8, those under a NULL among them.
    fileprivate var isText: Bool {
      for row in 0..<count where !withBytes(row, { UTF8Check.isText(UnsafeRawBufferPointer($0)) }) { return false }
      return true
    }
  }
#endif
