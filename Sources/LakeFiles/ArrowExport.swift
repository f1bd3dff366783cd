#if Lake
  import ArrowBridge
  import TidemillColumns

  /// What an exported array needs until it is released.
  private final class ExportedMemory {
    let owners: [AnyObject]
    let buffers: UnsafeMutablePointer<UnsafeRawPointer?>
    let children: UnsafeMutablePointer<UnsafeMutablePointer<ArrowArray>?>
    let childCount: Int

    init(_ buffers: [(UnsafeRawPointer?, AnyObject?)], children: [UnsafeMutablePointer<ArrowArray>]) {
      owners = buffers.compactMap(\.1)
      self.buffers = .allocate(capacity: max(buffers.count, 1))
      for (index, buffer) in buffers.enumerated() { self.buffers[index] = buffer.0 }
      self.children = .allocate(capacity: max(children.count, 1))
      for (index, child) in children.enumerated() { self.children[index] = child }
      childCount = children.count
    }

    deinit {
      for index in 0..<childCount {
        guard let child = children[index] else { continue }
        // A child that was moved elsewhere has no release any more.
        child.pointee.release?(child)
        child.deallocate()
      }
      children.deallocate()
      buffers.deallocate()
    }
  }

  extension ArrowArray {
    /// An array over memory that it keeps until it is released.
    fileprivate static func export(
      to target: UnsafeMutablePointer<ArrowArray>, count: Int, nulls: Int,
      _ buffers: [(UnsafeRawPointer?, AnyObject?)], children: [UnsafeMutablePointer<ArrowArray>] = []
    ) {
      let memory = ExportedMemory(buffers, children: children)
      target.initialize(
        to: ArrowArray(
          length: Int64(count), null_count: Int64(nulls), offset: 0, n_buffers: Int64(buffers.count),
          n_children: Int64(children.count), buffers: memory.buffers, children: children.isEmpty ? nil : memory.children,
          dictionary: nil,
          release: { array in
            guard let array, let held = array.pointee.private_data else { return }
            array.pointee.release = nil
            Unmanaged<ExportedMemory>.fromOpaque(held).release()
          },
          private_data: Unmanaged.passRetained(memory).toOpaque()))
    }
  }

  extension ArrowColumn {
    /// Makes an array over the column's memory, which it shares; integers of 32 bits, days, booleans and validity are copied, since
    /// Tidemill has them wider.
    func exported(to target: UnsafeMutablePointer<ArrowArray>) {
      switch values {
      case .column(let column): column.exported(to: target)
      case .nothing: ArrowArray.export(to: target, count: count, nulls: count, [])
      case .structure(let fields):
        let (bits, nulls) = Self.bits(validity, count: count)
        ArrowArray.export(to: target, count: count, nulls: nulls, [(bits?.raw, bits)], children: fields.map { $0.exported() })
      case .list(let offsets, let elements):
        let (bits, nulls) = Self.bits(validity, count: count)
        ArrowArray.export(
          to: target, count: count, nulls: nulls, [(bits?.raw, bits), (offsets.raw, offsets)], children: [elements.exported()])
      }
    }

    private func exported() -> UnsafeMutablePointer<ArrowArray> {
      let memory = UnsafeMutablePointer<ArrowArray>.allocate(capacity: 1)
      exported(to: memory)
      return memory
    }

    fileprivate static func bits(_ validity: Buffer<UInt8>?, count: Int) -> (Buffer<UInt8>?, nulls: Int) {
      guard let validity else { return (nil, 0) }
      let (bits, zeros) = Bitmap.bits(validity.base, count: count)
      return zeros == 0 ? (nil, 0) : (bits, zeros)
    }
  }

  extension Buffer {
    fileprivate var raw: UnsafeRawPointer { UnsafeRawPointer(base) }
  }

  extension Column {
    fileprivate func exported(to target: UnsafeMutablePointer<ArrowArray>) {
      let (bits, nulls) = ArrowColumn.bits(validity, count: count)
      func plain<Element>(_ buffer: Buffer<Element>) {
        ArrowArray.export(to: target, count: count, nulls: nulls, [(bits?.raw, bits), (buffer.raw, buffer)])
      }
      switch values {
      case .bytes(let buffer): plain(Bitmap.bits(buffer.base, count: count).bits)
      case .int64(let buffer):
        if type == .int || type == .date { plain(Self.narrowed(buffer.base, count: count)) } else { plain(buffer) }
      case .float64(let buffer): plain(buffer)
      case .int128(let buffer): plain(buffer)
      case .string(let storage):
        let views = ArrowViews(storage, count: count, validity: validity?.base)
        ArrowArray.export(to: target, count: count, nulls: nulls, [(bits?.raw, bits)] + views.buffers)
      case .window(let start, let end):
        let children = [start, end].map { times in
          let memory = UnsafeMutablePointer<ArrowArray>.allocate(capacity: 1)
          Column(type: .timestamp, count: count, values: .int64(times), validity: validity).exported(to: memory)
          return memory
        }
        ArrowArray.export(to: target, count: count, nulls: nulls, [(bits?.raw, bits)], children: children)
      }
    }

    private static func narrowed(_ source: UnsafePointer<Int64>, count: Int) -> Buffer<Int32> {
      let result = Buffer<Int32>(capacity: count)
      let target = result.base
      for row in 0..<count { target[row] = Int32(truncatingIfNeeded: source[row]) }
      result.count = count
      return result
    }
  }

  /// Strings as Arrow's views. They differ from Tidemill's in the second half of long ones only: where Tidemill has 64 bits of
  /// offset, Arrow has a buffer's number in the lower half and the offset in it in the upper.
  private struct ArrowViews {
    let buffers: [(UnsafeRawPointer?, AnyObject?)]

    /// Of a heap of more bytes than an offset reaches, each so many begin a buffer; buffers overlap, so that each string lies whole
    /// in the one that it begins in.
    private static let bufferShift = 30

    init(_ storage: StringStorage, count: Int, validity: UnsafePointer<UInt8>?) {
      let source = storage.views.base
      var isAnyLong: UInt64 = 0
      for row in 0..<count { isAnyLong |= source[row].head & 0xFFFF_FFFF > 12 ? 1 : 0 }
      if isAnyLong == 0 {
        let sizes = Buffer<Int64>(capacity: 1)
        buffers = [(UnsafeRawPointer(source), storage), (UnsafeRawPointer(sizes.base), sizes)]
        return
      }
      let views = Buffer<StringView>(capacity: count)
      let target = views.base
      for row in 0..<count {
        var view = source[row]
        if view.head & 0xFFFF_FFFF > 12 {
          let offset = view.tail
          view.tail = offset >> UInt64(Self.bufferShift) | (offset & (1 << UInt64(Self.bufferShift) - 1)) << 32
          // What lies under a NULL is anything.
          if let validity, validity[row] == 0 { view = .empty }
        }
        target[row] = view
      }
      views.count = count
      let heap = storage.heap
      let sizes = Buffer<Int64>(capacity: 1)
      var buffers: [(UnsafeRawPointer?, AnyObject?)] = [(UnsafeRawPointer(target), views)]
      for start in stride(from: 0, to: max(heap.count, 1), by: 1 << Self.bufferShift) {
        buffers.append((UnsafeRawPointer(heap.base + start), storage))
        sizes.append(Int64(min(heap.count - start, Int(Int32.max))))
      }
      buffers.append((UnsafeRawPointer(sizes.base), sizes))
      self.buffers = buffers
    }
  }

  extension Batch {
    /// The columns as they are written.
    var arrowColumns: [ArrowColumn] { columns.map { ArrowColumn($0) } }
  }
#endif
