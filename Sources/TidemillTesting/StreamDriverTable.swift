import TidemillColumns

/// One change of a result: +1 inserts the row, -1 takes back an equal one.
public struct StreamChange: Hashable, Sendable {
  /// +1 for a row that came, -1 for one that went.
  public var weight: Int
  /// The row's values, in the order of the result's schema.
  public var row: [Value]

  /// A change of one row; `weight` is +1 or -1.
  public init(_ weight: Int, _ row: [Value]) {
    self.weight = weight
    self.row = row
  }
}

/// The table that one gets by applying a query's changes in order, as a reader of its sink would.
public struct StreamDriverTable: Sendable {
  /// What breaks the promise that sinks are given.
  public struct Violation: Error, CustomStringConvertible, Sendable {
    public let description: String
  }

  /// Ordinals that identify a row; without them rows count as often as they were inserted.
  public let key: [Int]?
  private var entries: [RowIdentity: (row: [Value], count: Int)] = [:]

  /// An empty table; `key` as in the property.
  public init(key: [Int]?) { self.key = key }

  /// All rows, repeated as often as they are held, in no particular order.
  public var rows: [[Value]] { entries.values.flatMap { Array(repeating: $0.row, count: max($0.count, 0)) } }

  private func identity(_ row: [Value]) -> RowIdentity { RowIdentity(key.map { $0.map { row[$0] } } ?? row) }

  /// Applies the changes of an epoch.
  ///
  /// - Returns: what they changed in all: for each row that went or came, one change.
  /// - Throws: `Violation` when a row is taken back that is not there, or a key changes more than once.
  public mutating func apply(_ changes: Batch) throws -> [StreamChange] {
    let rows = changes.rows.enumerated().map { StreamChange(changes.weight($0), $1) }
    var before: [RowIdentity: (row: [Value], count: Int)] = [:]
    var order: [RowIdentity] = []
    // Without a key retractions and inserts come in any order; a count may be negative in between.
    for change in rows {
      let identity = identity(change.row)
      if before[identity] == nil {
        before[identity] = entries[identity] ?? (change.row, 0)
        order.append(identity)
      } else if key != nil {
        throw Violation(description: "the key of \(change.row) changes twice in an epoch")
      }
      if key == nil {
        entries[identity, default: (change.row, 0)].count += change.weight
      } else if change.weight > 0 {
        entries[identity] = (change.row, 1)
      } else {
        guard let old = entries[identity], RowIdentity(old.row) == RowIdentity(change.row) else {
          throw Violation(description: "\(change.row) is taken back, and is not there")
        }
        entries[identity] = nil
      }
    }
    var net: [StreamChange] = []
    for identity in order {
      let old = before[identity]!
      let new = entries[identity] ?? (old.row, 0)
      guard new.count >= 0 else {
        throw Violation(description: "\(new.row) is taken back more often than it was inserted")
      }
      if new.count == 0 { entries[identity] = nil }
      if new.count == old.count, RowIdentity(new.row) == RowIdentity(old.row) { continue }
      if key == nil {
        let weight = new.count > old.count ? 1 : -1
        net += Array(repeating: StreamChange(weight, new.row), count: abs(new.count - old.count))
      } else {
        if old.count == 1 { net.append(StreamChange(-1, old.row)) }
        if new.count == 1 { net.append(StreamChange(1, new.row)) }
      }
    }
    return net
  }

  /// Takes over the whole result, as complete mode gives it.
  ///
  /// - Throws: `Violation` when two rows have one key.
  public mutating func replace(with result: Batch) throws {
    entries = [:]
    _ = try apply(result)
  }
}

/// What makes two rows one: all NaNs are the same, -0.0 is 0.0, strings are equal when their bytes are.
struct RowIdentity: Hashable {
  private let bytes: [UInt8]

  init(_ row: [Value]) {
    var writer = ByteWriter()
    for value in row {
      switch value {
      case .null: writer.write(byte: 0)
      case .boolean(let truth): writer.write(byte: truth ? 1 : 2)
      case .integer(let number), .date(let number):
        writer.write(byte: 3)
        writer.write(number)
      case .double(let number):
        writer.write(byte: 4)
        writer.write(double: number.isNaN ? .nan : (number == 0 ? 0 : number))
      case .decimal(let unscaled, let scale):
        writer.write(byte: 5)
        writer.write(unscaled)
        writer.write(Int64(scale))
      case .string(let text):
        writer.write(byte: 6)
        writer.write(string: text)
      case .timestamp(let time):
        writer.write(byte: 7)
        writer.write(time.microseconds)
      case .window(let start, let end):
        writer.write(byte: 8)
        writer.write(start.microseconds)
        writer.write(end.microseconds)
      }
    }
    bytes = writer.bytes
  }
}
