#if Lake
  import ArrowBridge
  import TidemillColumns

  /// A column's name and type as Arrow has them, nested as deep as one likes.
  package struct ArrowField: Hashable, Sendable {
    package var name: String
    /// Of the C data interface: `l` for 64-bit integers, `vu` for strings, `+s` for structs, `+l` for lists, `+m` for maps.
    package var format: String
    package var isNullable: Bool
    /// Fields of a struct; the one element of a list; of a map its entries, a struct of key and value.
    package var children: [ArrowField]
    /// What its name says, such as `PARQUET:field_id`.
    package var metadata: [String: String]

    package init(
      _ name: String, format: String, isNullable: Bool = true, children: [ArrowField] = [], metadata: [String: String] = [:]
    ) {
      self.name = name
      self.format = format
      self.isNullable = isNullable
      self.children = children
      self.metadata = metadata
    }

    /// A column of one of Tidemill's types, as it is written.
    package init(_ name: String, _ type: DataType, isNullable: Bool = true, metadata: [String: String] = [:]) {
      let format =
        switch type {
        case .boolean: "b"
        case .int: "i"
        case .bigint: "l"
        case .double: "g"
        case .decimal(let precision, let scale): "d:\(precision),\(scale)"
        case .string: "vu"
        case .date: "tdD"
        case .timestamp: "tsu:UTC"
        case .window: "+s"
        }
      let children = type == .window ? ["start", "end"].map { ArrowField($0, .timestamp) } : []
      self.init(name, format: format, isNullable: isNullable, children: children, metadata: metadata)
    }

    /// A struct.
    package static func structure(
      _ name: String, _ fields: [ArrowField], isNullable: Bool = true, metadata: [String: String] = [:]
    ) -> ArrowField {
      ArrowField(name, format: "+s", isNullable: isNullable, children: fields, metadata: metadata)
    }

    /// A list of elements.
    package static func list(_ name: String, of element: ArrowField, isNullable: Bool = true) -> ArrowField {
      ArrowField(name, format: "+l", isNullable: isNullable, children: [element])
    }

    /// A map; keys are never null.
    package static func map(_ name: String, key: ArrowField, value: ArrowField, isNullable: Bool = true) -> ArrowField {
      var key = key
      key.isNullable = false
      let entries = ArrowField.structure("key_value", [key, value], isNullable: false)
      return ArrowField(name, format: "+m", isNullable: isNullable, children: [entries])
    }

    /// The type that it is read as when nobody asks for another; `nil` for what Tidemill's columns cannot hold.
    package var type: DataType? {
      switch format {
      case "b": return .boolean
      case "c", "C", "s", "S", "i": return .int
      case "I", "l": return .bigint
      case "L": return .decimal(precision: 20, scale: 0)
      case "f", "g": return .double
      case "u", "U", "vu": return .string
      case "tdD", "tdm": return .date
      case "+s":
        let isWindow = children.map(\.name) == ["start", "end"] && children.allSatisfy { $0.type == .timestamp }
        return isWindow ? .window : nil
      default:
        if format.hasPrefix("ts") { return .timestamp }
        return ArrowDecimal(format).flatMap { $0.bits == 128 ? .decimal(precision: $0.precision, scale: $0.scale) : nil }
      }
    }
  }

  /// `d:12,2`, and `d:40,2,256` for wider ones.
  struct ArrowDecimal {
    var precision: Int
    var scale: Int
    var bits: Int

    init?(_ format: String) {
      guard format.hasPrefix("d:") else { return nil }
      let numbers = format.dropFirst(2).split(separator: ",").map { Int($0) }
      guard numbers.count >= 2, let precision = numbers[0], let scale = numbers[1], scale >= 0 else { return nil }
      self.precision = precision
      self.scale = scale
      bits = numbers.count > 2 ? numbers[2] ?? 0 : 128
    }
  }

  extension [ArrowField] {
    /// The columns of a schema, as they are written.
    package init(_ schema: Schema) { self = schema.fields.map { ArrowField($0.name, $0.type) } }
  }

  extension ArrowField {
    /// Makes a schema that frees itself when it is released.
    func exported(to target: UnsafeMutablePointer<ArrowSchema>) {
      target.initialize(to: ArrowSchema())
      target.pointee.format = UnsafePointer(copy(of: format))
      target.pointee.name = UnsafePointer(copy(of: name))
      target.pointee.metadata = UnsafePointer(encodedMetadata())
      target.pointee.flags = isNullable ? Int64(ARROW_FLAG_NULLABLE) : 0
      target.pointee.n_children = Int64(children.count)
      if !children.isEmpty {
        let pointers = UnsafeMutablePointer<UnsafeMutablePointer<ArrowSchema>?>.allocate(capacity: children.count)
        for (index, child) in children.enumerated() {
          let memory = UnsafeMutablePointer<ArrowSchema>.allocate(capacity: 1)
          child.exported(to: memory)
          pointers[index] = memory
        }
        target.pointee.children = pointers
      }
      target.pointee.release = { schema in
        guard let schema else { return }
        UnsafeMutablePointer(mutating: schema.pointee.format)?.deallocate()
        UnsafeMutablePointer(mutating: schema.pointee.name)?.deallocate()
        UnsafeMutablePointer(mutating: schema.pointee.metadata)?.deallocate()
        for index in 0..<Int(schema.pointee.n_children) {
          guard let child = schema.pointee.children[index] else { continue }
          child.pointee.release?(child)
          child.deallocate()
        }
        schema.pointee.children?.deallocate()
        schema.pointee.release = nil
      }
    }

    private func copy(of text: String) -> UnsafeMutablePointer<CChar> {
      let bytes = Array(text.utf8)
      let memory = UnsafeMutablePointer<CChar>.allocate(capacity: bytes.count + 1)
      for (index, byte) in bytes.enumerated() { memory[index] = CChar(bitPattern: byte) }
      memory[bytes.count] = 0
      return memory
    }

    /// Pairs of texts, each behind its length, behind their number: as the C data interface has it.
    private func encodedMetadata() -> UnsafeMutablePointer<CChar>? {
      if metadata.isEmpty { return nil }
      var bytes: [UInt8] = []
      func append(_ number: Int) { withUnsafeBytes(of: Int32(number)) { bytes.append(contentsOf: $0) } }
      append(metadata.count)
      for (key, value) in metadata.sorted(by: { $0.key < $1.key }) {
        for text in [key, value] {
          append(text.utf8.count)
          bytes.append(contentsOf: text.utf8)
        }
      }
      let memory = UnsafeMutablePointer<CChar>.allocate(capacity: bytes.count)
      for (index, byte) in bytes.enumerated() { memory[index] = CChar(bitPattern: byte) }
      return memory
    }

    /// Reads a schema, which stays the caller's.
    init(_ schema: UnsafePointer<ArrowSchema>) {
      let source = schema.pointee
      name = source.name.map { String(cString: $0) } ?? ""
      // A dictionary is only another way to lay out its values.
      format = String(cString: source.dictionary?.pointee.format ?? source.format)
      isNullable = source.flags & Int64(ARROW_FLAG_NULLABLE) != 0
      children = (0..<Int(source.n_children)).map { ArrowField(source.children[$0]!) }
      metadata = source.metadata.map { Self.decodedMetadata($0) } ?? [:]
    }

    private static func decodedMetadata(_ bytes: UnsafePointer<CChar>) -> [String: String] {
      var place = UnsafeRawPointer(bytes)
      func number() -> Int {
        defer { place += 4 }
        return Int(place.loadUnaligned(as: Int32.self))
      }
      func text() -> String {
        let count = number()
        defer { place += count }
        return String(decoding: UnsafeRawBufferPointer(start: place, count: count), as: UTF8.self)
      }
      var result: [String: String] = [:]
      for _ in 0..<number() {
        let key = text()
        result[key] = text()
      }
      return result
    }
  }
#endif
