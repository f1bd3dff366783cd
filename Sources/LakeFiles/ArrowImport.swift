#if Lake
  import ArrowBridge
  import TidemillColumns

  /// An array that came from Arrow, until nobody needs its memory any more.
  final class ImportedArray: @unchecked Sendable {
    // Never changed once it is there.
    private let memory: UnsafeMutablePointer<ArrowArray>

    /// Takes the array over.
    init(_ array: ArrowArray) {
      memory = .allocate(capacity: 1)
      memory.initialize(to: array)
    }

    deinit {
      memory.pointee.release?(memory)
      memory.deallocate()
    }

    var array: UnsafePointer<ArrowArray> { UnsafePointer(memory) }
  }

  /// A schema that came from Arrow.
  final class ImportedSchema: @unchecked Sendable {
    // Never changed once it is there.
    private let memory: UnsafeMutablePointer<ArrowSchema>

    /// Takes the schema over.
    init(_ schema: ArrowSchema) {
      memory = .allocate(capacity: 1)
      memory.initialize(to: schema)
    }

    deinit {
      memory.pointee.release?(memory)
      memory.deallocate()
    }

    var schema: UnsafePointer<ArrowSchema> { UnsafePointer(memory) }
    var fields: [ArrowField] { ArrowField(schema).children }
  }

  /// A part of an array, with the schema that says how to read it.
  struct ArrowSource {
    let schema: UnsafePointer<ArrowSchema>
    let array: UnsafePointer<ArrowArray>
    let owner: ImportedArray
    /// The first row in the array's buffers.
    let offset: Int
    let count: Int

    /// All of an array, or the rows of a struct that its column belongs to.
    init(
      _ schema: UnsafePointer<ArrowSchema>, _ array: UnsafePointer<ArrowArray>, owner: ImportedArray, skipping: Int = 0,
      count: Int? = nil
    ) {
      self.schema = schema
      self.array = array
      self.owner = owner
      offset = Int(array.pointee.offset) + skipping
      self.count = count ?? Int(array.pointee.length)
    }

    /// The format of the values; a dictionary's are those of its dictionary.
    var format: String { String(cString: (schema.pointee.dictionary ?? UnsafeMutablePointer(mutating: schema)).pointee.format) }
    var name: String { schema.pointee.name.map { String(cString: $0) } ?? "" }
    var isDictionary: Bool { schema.pointee.dictionary != nil }
    var childCount: Int { Int(schema.pointee.n_children) }

    /// A field of a struct, with the struct's rows.
    func field(_ index: Int) -> ArrowSource {
      ArrowSource(schema.pointee.children[index]!, array.pointee.children[index]!, owner: owner, skipping: offset, count: count)
    }

    /// The field of a struct by its name.
    func field(named name: String) -> ArrowSource? {
      (0..<childCount).map { field($0) }.first { $0.name == name }
    }

    /// The elements of a list, all of them, from the array's first.
    var elements: ArrowSource { ArrowSource(schema.pointee.children[0]!, array.pointee.children[0]!, owner: owner) }

    /// The values of a dictionary.
    var dictionary: ArrowSource { ArrowSource(schema.pointee.dictionary!, array.pointee.dictionary!, owner: owner) }

    /// The elements of a buffer from the first row on; `nil` where there is no such buffer, as in an empty array.
    func elements<Element>(_ buffer: Int, of type: Element.Type = Element.self) -> UnsafePointer<Element>? {
      bytes(buffer).map { $0.assumingMemoryBound(to: Element.self) + offset }
    }

    /// A buffer from its beginning.
    func bytes(_ buffer: Int) -> UnsafeRawPointer? {
      array.pointee.n_buffers > buffer ? array.pointee.buffers[buffer] : nil
    }

    /// A byte a row; `nil` when no row is null.
    var validity: Buffer<UInt8>? {
      guard array.pointee.null_count != 0, let bits = bytes(0) else { return nil }
      let result = Bitmap.bytes(bits.assumingMemoryBound(to: UInt8.self), offset: offset, count: count)
      var all: UInt8 = 1
      let base = result.base
      for row in 0..<count { all &= base[row] }
      return all == 0 ? result : nil
    }
  }

  extension ArrowColumn {
    /// The column as it is; a leaf has the type of `ArrowField.type`.
    ///
    /// - Throws: for a type that Tidemill's columns cannot hold.
    init(_ source: ArrowSource, zone: SessionZone = .utc) throws(ArrowFailure) {
      let field = ArrowField(source.schema)
      switch field.format {
      case "n": self.init(count: source.count, values: .nothing)
      case "+s" where field.type == nil:
        var fields: [ArrowColumn] = []
        for index in 0..<source.childCount { fields.append(try ArrowColumn(source.field(index), zone: zone)) }
        self.init(count: source.count, values: .structure(fields), validity: source.validity)
      case "+l", "+m", "+L":
        let elements = try ArrowColumn(source.elements, zone: zone)
        self.init(
          count: source.count, values: .list(offsets: source.listOffsets(isLarge: field.format == "+L"), elements: elements),
          validity: source.validity)
      default:
        guard let type = field.type, let converted = ColumnConversion(source, to: type, zone: zone).column() else {
          throw ArrowFailure(
            .unsupported, "column \(field.name) is of Arrow's type '\(field.format)', which has no column here")
        }
        self.init(converted.column)
      }
    }
  }

  extension ArrowSource {
    fileprivate func listOffsets(isLarge: Bool) -> Buffer<Int32> {
      let result = Buffer<Int32>(repeating: 0, count: count + 1)
      if isLarge, let wide = elements(1, of: Int64.self) {
        for row in 0...count { result.base[row] = Int32(truncatingIfNeeded: wide[row]) }
      } else if let offsets = elements(1, of: Int32.self) {
        return Buffer(borrowing: offsets, count: count + 1, owner: owner)
      }
      return result
    }
  }
#endif
