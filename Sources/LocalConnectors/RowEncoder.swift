import TidemillColumns

/// Turns an `Encodable` value into the values of its stored properties, by path: `user.id` for a property of a property.
///
/// A `Date` gives a timestamp. Arrays have no column type and are refused.
struct RowEncoder {
  static func values(of row: some Encodable) throws -> [String: Value] {
    let collector = Collector()
    try row.encode(to: PathEncoder(collector: collector, codingPath: []))
    return collector.values
  }
}

/// What one row's encoding has given so far.
private final class Collector {
  var values: [String: Value] = [:]

  func store(_ value: Value, _ path: [any CodingKey]) {
    values[path.map(\.stringValue).joined(separator: ".")] = value
  }

  /// Whether the type is Foundation's `Date`, told by name so that this module does not have to load Foundation.
  private static func isDate(_ type: Any.Type) -> Bool {
    let name = _typeName(type, qualified: true)
    return name == "Foundation.Date" || name == "FoundationEssentials.Date"
  }

  private static let secondsFrom1970To2001: Double = 978_307_200

  func encode(_ value: some Encodable, _ path: [any CodingKey]) throws {
    try value.encode(to: PathEncoder(collector: self, codingPath: path))
    // A date encodes itself as seconds since 2001.
    guard Self.isDate(type(of: value)) else { return }
    let key = path.map(\.stringValue).joined(separator: ".")
    guard case .double(let seconds) = values[key] else { return }
    let microseconds = ((seconds + Self.secondsFrom1970To2001) * 1_000_000).rounded()
    guard let exact = Int64(exactly: microseconds) else { throw notStorable("the date \(seconds)", path) }
    values[key] = .timestamp(EventTime(microseconds: exact))
  }

  func notStorable(_ what: String, _ path: [any CodingKey]) -> TidemillError {
    let name = path.map(\.stringValue).joined(separator: ".")
    return TidemillError(
      .unsupported, "\(name.isEmpty ? "the row" : name): \(what) has no column type",
      hint: "leave it out of CodingKeys, or encode it as text")
  }

  func integer(_ value: some BinaryInteger, _ path: [any CodingKey]) throws {
    guard let exact = Int64(exactly: value) else { throw notStorable("the integer \(value)", path) }
    store(.integer(exact), path)
  }
}

private struct PathEncoder: Encoder {
  let collector: Collector
  let codingPath: [any CodingKey]
  var userInfo: [CodingUserInfoKey: Any] { [:] }

  func container<Key: CodingKey>(keyedBy type: Key.Type) -> KeyedEncodingContainer<Key> {
    KeyedEncodingContainer(KeyedValues<Key>(collector: collector, codingPath: codingPath))
  }

  func unkeyedContainer() -> any UnkeyedEncodingContainer { NoValues(collector: collector, codingPath: codingPath) }

  func singleValueContainer() -> any SingleValueEncodingContainer {
    SingleValue(collector: collector, codingPath: codingPath)
  }
}

private struct KeyedValues<Key: CodingKey>: KeyedEncodingContainerProtocol {
  let collector: Collector
  let codingPath: [any CodingKey]

  mutating func encodeNil(forKey key: Key) { collector.store(.null, codingPath + [key]) }
  mutating func encode(_ value: Bool, forKey key: Key) { collector.store(.boolean(value), codingPath + [key]) }
  mutating func encode(_ value: String, forKey key: Key) { collector.store(.string(value), codingPath + [key]) }
  mutating func encode(_ value: Double, forKey key: Key) { collector.store(.double(value), codingPath + [key]) }
  mutating func encode<T: Encodable>(_ value: T, forKey key: Key) throws {
    try collector.encode(value, codingPath + [key])
  }

  mutating func nestedContainer<NestedKey: CodingKey>(
    keyedBy keyType: NestedKey.Type, forKey key: Key
  ) -> KeyedEncodingContainer<NestedKey> {
    KeyedEncodingContainer(KeyedValues<NestedKey>(collector: collector, codingPath: codingPath + [key]))
  }

  mutating func nestedUnkeyedContainer(forKey key: Key) -> any UnkeyedEncodingContainer {
    NoValues(collector: collector, codingPath: codingPath + [key])
  }

  mutating func superEncoder() -> any Encoder { PathEncoder(collector: collector, codingPath: codingPath) }

  mutating func superEncoder(forKey key: Key) -> any Encoder {
    PathEncoder(collector: collector, codingPath: codingPath + [key])
  }
}

private struct SingleValue: SingleValueEncodingContainer {
  let collector: Collector
  let codingPath: [any CodingKey]

  mutating func encodeNil() { collector.store(.null, codingPath) }
  mutating func encode(_ value: Bool) { collector.store(.boolean(value), codingPath) }
  mutating func encode(_ value: String) { collector.store(.string(value), codingPath) }
  mutating func encode(_ value: Double) { collector.store(.double(value), codingPath) }
  mutating func encode(_ value: Float) { collector.store(.double(Double(value)), codingPath) }
  mutating func encode(_ value: Int) throws { try collector.integer(value, codingPath) }
  mutating func encode(_ value: Int8) throws { try collector.integer(value, codingPath) }
  mutating func encode(_ value: Int16) throws { try collector.integer(value, codingPath) }
  mutating func encode(_ value: Int32) throws { try collector.integer(value, codingPath) }
  mutating func encode(_ value: Int64) throws { try collector.integer(value, codingPath) }
  mutating func encode(_ value: UInt) throws { try collector.integer(value, codingPath) }
  mutating func encode(_ value: UInt8) throws { try collector.integer(value, codingPath) }
  mutating func encode(_ value: UInt16) throws { try collector.integer(value, codingPath) }
  mutating func encode(_ value: UInt32) throws { try collector.integer(value, codingPath) }
  mutating func encode(_ value: UInt64) throws { try collector.integer(value, codingPath) }
  mutating func encode<T: Encodable>(_ value: T) throws { try collector.encode(value, codingPath) }
}

/// Arrays: refused with the first element.
private struct NoValues: UnkeyedEncodingContainer {
  let collector: Collector
  let codingPath: [any CodingKey]
  var count: Int { 0 }

  mutating func encodeNil() throws { throw collector.notStorable("an array", codingPath) }
  mutating func encode<T: Encodable>(_ value: T) throws { throw collector.notStorable("an array", codingPath) }

  mutating func nestedContainer<NestedKey: CodingKey>(keyedBy keyType: NestedKey.Type) -> KeyedEncodingContainer<NestedKey> {
    KeyedEncodingContainer(KeyedValues<NestedKey>(collector: collector, codingPath: codingPath))
  }

  mutating func nestedUnkeyedContainer() -> any UnkeyedEncodingContainer { self }
  mutating func superEncoder() -> any Encoder { PathEncoder(collector: collector, codingPath: codingPath) }
}
