import Testing
import TidemillColumns

@testable import TidemillEngine

@Suite struct GroupTableTests {
  /// Strings that are inline, just inline, just not, alike in their beginnings, and NULL.
  private static func name(_ number: Int) -> Value {
    switch number % 5 {
    case 0: .string("k\(number)")
    case 1: .string(String(repeating: "x", count: 12 - String(number).count) + String(number))
    case 2: .string("prefix-of-all-\(number)")
    case 3: .string("a rather long key, the number of which stands at its end: \(number)")
    default: number % 25 == 4 ? .null : .string("")
    }
  }

  private static let shapes: [[DataType]] = [
    [.string], [.bigint], [.boolean], [.double], [.decimal(precision: 30, scale: 2)], [.string, .bigint], [.string, .string],
    [.window, .date], [],
  ]

  private static func value(_ type: DataType, _ number: Int) -> Value {
    if number % 41 == 7 { return .null }
    switch type {
    case .string: return name(number)
    case .boolean: return .boolean(number % 2 == 0)
    case .double: return .double([0, -0.0, .nan, -.nan, .infinity][number % 5] + Double(number / 100))
    case .decimal(_, let scale): return .decimal(unscaled: Int128(number) << 70, scale: scale)
    case .date: return .date(Int64(number - 500))
    case .window:
      return .window(start: EventTime(microseconds: Int64(number)), end: EventTime(microseconds: Int64(number % 7)))
    default: return .integer(Int64(number) - 500)
    }
  }

  /// What makes two keys one key.
  private static func identity(_ row: [Value]) -> String {
    row.map { value in
      if case .double(let number) = value { return number.isNaN ? "nan" : "\(number == 0 ? 0 : number)" }
      return value.isNull ? "null" : "'\(value)'"
    }.joined(separator: "|")
  }

  private static func batches(_ types: [DataType], _ numbers: inout SeededNumbers) -> [[[Value]]] {
    (0..<30).map { index in
      (0..<Int.random(in: 0...90, using: &numbers)).map { _ in
        types.map { value($0, Int.random(in: 0...(index * 40 + 3), using: &numbers)) }
      }
    }
  }

  private static func loaded(_ rows: [[Value]], _ types: [DataType]) -> KeyBatch {
    let keys = KeyBatch(width: types.count)
    let columns = types.enumerated().map { position, type in
      let builder = ColumnBuilder(type)
      for row in rows { builder.append(row[position]) }
      return builder.finish()
    }
    keys.load(columns, count: rows.count)
    return keys
  }

  private static func groups(_ table: GroupTable, _ rows: [[Value]], _ types: [DataType], adding: Bool = true) -> [GroupIndex] {
    let keys = loaded(rows, types)
    let result = Buffer<GroupIndex>(repeating: 7, count: rows.count)
    if adding {
      table.assign(keys, rows: nil, count: rows.count, into: result.base)
    } else {
      table.find(keys, rows: nil, count: rows.count, into: result.base)
    }
    return result.elements
  }

  /// The keys of all groups, as they come out of the table.
  private static func keys(of table: GroupTable, _ types: [DataType]) -> [String] {
    let all = Pane.identity(table.count)
    let columns = table.keyColumns(all.base, count: table.count, types: types)
    return (0..<table.count).map { group in identity(columns.map { $0.value(group) }) }
  }

  @Test(arguments: shapes)
  func tableDoesAsADictionaryWhileItGrows(types: [DataType]) {
    var numbers = SeededNumbers(state: UInt64(types.count))
    let table = GroupTable(keyTypes: types)
    var expected: [String: GroupIndex] = [:]
    for rows in Self.batches(types, &numbers) {
      let found = Self.groups(table, rows, types)
      for (row, group) in zip(rows, found) {
        let key = Self.identity(row)
        if expected[key] == nil { expected[key] = GroupIndex(expected.count) }
        #expect(group == expected[key], "\(key)")
      }
    }
    #expect(table.count == expected.count)
    #expect(Self.keys(of: table, types) == expected.sorted { $0.value < $1.value }.map(\.key))
  }

  @Test func findAddsNothing() {
    let table = GroupTable(keyTypes: [.string])
    _ = Self.groups(table, [[.string("a")], [.null]], [.string])
    let found = Self.groups(table, [[.string("b")], [.null], [.string("a")], [.string("")]], [.string], adding: false)
    #expect(found == [GroupTable.absent, 1, 0, GroupTable.absent])
    #expect(table.count == 2)
  }

  @Test func chosenRowsOfABatchAreAssigned() {
    let table = GroupTable(keyTypes: [.bigint])
    let keys = Self.loaded((0..<10).map { [.integer($0)] }, [.bigint])
    let rows: [UInt32] = [9, 3, 9]
    var found: [GroupIndex] = [5, 5, 5]
    table.assign(keys, rows: rows, count: 3, into: &found)
    #expect(found == [0, 1, 0])
    #expect(Self.keys(of: table, [.bigint]) == ["'9'", "'3'"])
  }

  @Test(arguments: shapes)
  func compactedTableHoldsWhatWasKept(types: [DataType]) {
    var numbers = SeededNumbers(state: 5)
    let table = GroupTable(keyTypes: types)
    for rows in Self.batches(types, &numbers) { _ = Self.groups(table, rows, types) }
    let (compact, indices) = table.compacted(types: types) { $0 % 3 == 1 }
    let old = Self.keys(of: table, types)
    #expect(Self.keys(of: compact, types) == old.enumerated().filter { $0.offset % 3 == 1 }.map(\.element))
    for (group, index) in indices.enumerated() {
      #expect(index == (group % 3 == 1 ? GroupIndex(group / 3) : GroupTable.absent))
    }
    // Its slots are right: what it holds is found again.
    let into = Buffer<GroupIndex>(repeating: 0, count: table.count)
    compact.assign(groupsOf: table, into: into.base, adding: false)
    #expect(into.elements == indices)
  }

  @Test(arguments: shapes)
  func tableThatIsReadAgainIsTheSame(types: [DataType]) throws {
    var numbers = SeededNumbers(state: 6)
    let table = GroupTable(keyTypes: types)
    for rows in Self.batches(types, &numbers) { _ = Self.groups(table, rows, types) }
    var writer = ByteWriter()
    table.write(to: &writer)
    var reader = ByteReader(writer.bytes)
    let again = try GroupTable(keyTypes: types, reading: &reader)
    #expect(reader.isAtEnd)
    #expect(Self.keys(of: again, types) == Self.keys(of: table, types))
    let rows = [types.map { Self.value($0, 3) }, types.map { Self.value($0, 1_000_003) }]
    #expect(Self.groups(again, rows, types) == Self.groups(table, rows, types))
  }

  @Test func lengthsThatCannotBeAreCorrupt() {
    // A table of 2^62 groups with no hashes, and a string that begins near the end of memory.
    var huge = ByteWriter()
    huge.write(varint: 1 << 62)
    for _ in 0..<3 { huge.write(varint: 0) }
    var far = ByteWriter()
    far.write(varint: 1)
    far.write(Buffer([StringView(head: 20, tail: UInt64(Int64.max))]))
    far.write(Buffer<UInt8>(repeating: 0, count: 20))
    far.write(Buffer<UInt64>([1]))
    for bytes in [huge.bytes, far.bytes] {
      #expect(throws: CorruptBytes.self) {
        var reader = ByteReader(bytes)
        _ = try GroupTable(keyTypes: [.string, .string], reading: &reader)
      }
      #expect(throws: CorruptBytes.self) {
        var reader = ByteReader(bytes)
        _ = try GroupTable(keyTypes: [.string], reading: &reader)
      }
    }
  }
}
