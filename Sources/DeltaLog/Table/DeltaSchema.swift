import TidemillColumns

/// The type of a column or of a part of one, in the words of the protocol.
package indirect enum DeltaType: Hashable, Sendable {
  /// `string`, `long`, `decimal(10,2)` and so on, as it stands in the schema.
  case primitive(String)
  case structure([DeltaField])
  case array(DeltaType, containsNull: Bool)
  case map(key: DeltaType, value: DeltaType, valueContainsNull: Bool)
}

/// A column of a table.
package struct DeltaField: Hashable, Sendable {
  package var name: String
  package var type: DeltaType
  package var isNullable: Bool
  /// What writers note about a column, such as an expression that generates it: an object.
  package var metadata: JSONValue

  package init(_ name: String, _ type: DeltaType, isNullable: Bool = true, metadata: JSONValue = .object([JSONField]())) {
    self.name = name
    self.type = type
    self.isNullable = isNullable
    self.metadata = metadata
  }
}

/// The columns of a table.
package struct DeltaSchema: Hashable, Sendable {
  package var fields: [DeltaField]

  package init(_ fields: [DeltaField]) { self.fields = fields }

  /// - Parameter text: a table's `schemaString`.
  /// - Throws: `MalformedAction` or `JSONError` when it is no schema.
  package init(text: String) throws {
    guard case .structure(let fields) = try DeltaType(JSONReader.value(of: text)) else {
      throw MalformedAction("the schema is no struct")
    }
    self.fields = fields
  }

  package var text: String { DeltaType.structure(fields).json.serialized }

  /// The column of this name; an exact match wins over one that differs in case only.
  package func field(_ name: String) -> DeltaField? {
    fields.first { $0.name == name } ?? fields.first { $0.name.lowercased() == name.lowercased() }
  }

  /// The columns as Tidemill has them; `nil` for one whose type it has not.
  package var columns: [(field: DeltaField, type: DataType?)] { fields.map { ($0, $0.type.dataType) } }
}

extension DeltaType {
  /// The type that holds a column of this type. A window is a struct of its start and end.
  package init(_ type: DataType) {
    switch type {
    case .boolean: self = .primitive("boolean")
    case .int: self = .primitive("integer")
    case .bigint: self = .primitive("long")
    case .double: self = .primitive("double")
    case .decimal(let precision, let scale): self = .primitive("decimal(\(precision),\(scale))")
    case .string: self = .primitive("string")
    case .date: self = .primitive("date")
    case .timestamp: self = .primitive("timestamp")
    case .window: self = .structure(["start", "end"].map { DeltaField($0, .primitive("timestamp")) })
    }
  }

  /// The type that a column of this type is read as; `nil` where there is none.
  package var dataType: DataType? {
    switch self {
    case .primitive("boolean"): return .boolean
    case .primitive("byte"), .primitive("short"), .primitive("integer"): return .int
    case .primitive("long"): return .bigint
    case .primitive("float"), .primitive("double"): return .double
    case .primitive("string"): return .string
    case .primitive("date"): return .date
    case .primitive("timestamp"): return .timestamp
    case .primitive(let name):
      guard name.hasPrefix("decimal("), name.hasSuffix(")") else { return nil }
      let digits = name.dropFirst(8).dropLast().split(separator: ",").map {
        Int($0.filter { $0 != " " })
      }
      guard digits.count == 2, let precision = digits[0], let scale = digits[1], (1...38).contains(precision),
        (0...precision).contains(scale)
      else { return nil }
      return .decimal(precision: precision, scale: scale)
    case .structure(let fields):
      let isWindow = fields.map(\.name) == ["start", "end"] && fields.allSatisfy { $0.type == .primitive("timestamp") }
      return isWindow ? .window : nil
    case .array, .map: return nil
    }
  }

  /// As messages show it.
  package var name: String {
    switch self {
    case .primitive(let name): name
    case .structure(let fields): "struct<\(fields.map { "\($0.name): \($0.type.name)" }.joined(separator: ", "))>"
    case .array(let element, _): "array<\(element.name)>"
    case .map(let key, let value, _): "map<\(key.name), \(value.name)>"
    }
  }

  init(_ json: JSONValue) throws {
    if let name = json.text {
      self = .primitive(name)
      return
    }
    guard let kind = json["type"]?.text else { throw MalformedAction("a type of the schema has no name") }
    switch kind {
    case "struct":
      self = .structure(
        try (json["fields"]?.elements ?? []).map { field in
          guard let name = field["name"]?.text, let type = field["type"] else {
            throw MalformedAction("a field of the schema has no name or no type")
          }
          return DeltaField(
            name, try DeltaType(type), isNullable: field["nullable"]?.boolean ?? true,
            metadata: field["metadata"] ?? .object([JSONField]()))
        })
    case "array":
      guard let element = json["elementType"] else { throw MalformedAction("an array of the schema has no type") }
      self = .array(try DeltaType(element), containsNull: json["containsNull"]?.boolean ?? true)
    case "map":
      guard let key = json["keyType"], let value = json["valueType"] else {
        throw MalformedAction("a map of the schema has no types")
      }
      self = .map(
        key: try DeltaType(key), value: try DeltaType(value),
        valueContainsNull: json["valueContainsNull"]?.boolean ?? true)
    default: throw MalformedAction("the schema has a type \(kind)")
    }
  }

  var json: JSONValue {
    switch self {
    case .primitive(let name): .string(name)
    case .structure(let fields):
      .object([
        "type": .string("struct"),
        "fields": .array(
          fields.map {
            .object([
              "name": .string($0.name), "type": $0.type.json, "nullable": .boolean($0.isNullable), "metadata": $0.metadata,
            ])
          }),
      ])
    case .array(let element, let containsNull):
      .object(["type": .string("array"), "elementType": element.json, "containsNull": .boolean(containsNull)])
    case .map(let key, let value, let containsNull):
      .object([
        "type": .string("map"), "keyType": key.json, "valueType": value.json, "valueContainsNull": .boolean(containsNull),
      ])
    }
  }
}
