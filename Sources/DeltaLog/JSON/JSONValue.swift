/// A value of JSON as logs of tables hold it: fields in their order, numbers as they were written.
package indirect enum JSONValue: Hashable, Sendable {
  case null
  case boolean(Bool)
  /// The digits as they stand in the text, so that none is lost.
  case number(String)
  case string(String)
  case array([JSONValue])
  case object([JSONField])

  /// A whole number.
  package static func integer(_ value: Int) -> JSONValue { .number(String(value)) }

  /// An object of these fields, without those that have no value.
  package static func object(_ fields: KeyValuePairs<String, JSONValue?>) -> JSONValue {
    .object(fields.compactMap { name, value in value.map { JSONField(name, $0) } })
  }

  /// The field of an object; `nil` when it is null, missing, or this is no object.
  package subscript(_ name: String) -> JSONValue? {
    guard case .object(let fields) = self, let field = fields.last(where: { $0.name == name }), field.value != .null else {
      return nil
    }
    return field.value
  }

  package var text: String? { if case .string(let value) = self { value } else { nil } }

  package var integer: Int? {
    guard case .number(let digits) = self else { return nil }
    if let value = Int(digits) { return value }
    // Some writers put a point behind whole numbers.
    guard let value = Double(digits), value == value.rounded(), value.magnitude < 9e15 else { return nil }
    return Int(value)
  }

  package var boolean: Bool? { if case .boolean(let value) = self { value } else { nil } }

  package var elements: [JSONValue]? { if case .array(let value) = self { value } else { nil } }

  package var fields: [JSONField]? { if case .object(let value) = self { value } else { nil } }
}

/// A field of a JSON object.
package struct JSONField: Hashable, Sendable {
  package var name: String
  package var value: JSONValue

  package init(_ name: String, _ value: JSONValue) {
    self.name = name
    self.value = value
  }
}
