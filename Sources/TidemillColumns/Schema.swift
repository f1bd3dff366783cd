/// One named column of a schema.
public struct Field: Hashable, Sendable {
  /// The column's name, as queries call it.
  public var name: String
  /// What its values are.
  public var type: DataType
  /// Where a format finds the value inside a record: `["user", "id"]` for a nested field. One part for a plain column.
  public var path: [String]

  /// A column; without a `path` its value lies in a record under its own name.
  public init(_ name: String, _ type: DataType, path: [String]? = nil) {
    self.name = name
    self.type = type
    self.path = path ?? [name]
  }
}

/// The names and types of a batch's columns, in order.
public struct Schema: Hashable, Sendable {
  /// The columns, in order.
  public var fields: [Field]

  /// The columns in this order, which batches follow.
  public init(_ fields: [Field]) { self.fields = fields }

  /// The columns in this order, listed one by one.
  public init(_ fields: Field...) { self.fields = fields }

  /// How many columns there are.
  public var count: Int { fields.count }

  /// The column at a position from 0.
  public subscript(_ ordinal: Int) -> Field { fields[ordinal] }

  /// Bytes that a row takes in memory, one at least, without what strings of more than 12 bytes need besides.
  public var valueBytes: Int { max(1, fields.reduce(0) { $0 + $1.type.valueBytes }) }

  /// The position of the column called `name`; an exact match wins over one that differs in case only.
  ///
  /// - Complexity: O(columns).
  public func ordinal(of name: String) -> Int? {
    if let exact = fields.firstIndex(where: { $0.name == name }) { return exact }
    let folded = name.lowercased()
    return fields.firstIndex { $0.name.lowercased() == folded }
  }
}

extension Schema: CustomStringConvertible {
  public var description: String {
    fields.map { "\($0.name) \($0.type.sqlName)" }.joined(separator: ", ")
  }
}
