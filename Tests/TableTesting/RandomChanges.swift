import ReferenceEngine
import TidemillColumns
import TidemillConnectors
import TidemillPlan

/// Random epochs of changes that keep the contract of sinks, and the table that they amount to.
public struct RandomChanges {
  private let shape: ResultShape
  private var random: SplitMix64
  /// The rows with how often each is there, by the text of their key, or of the whole row.
  private var held: [String: (row: [Value], count: Int)] = [:]

  /// The keys of the rows, where a key must not come twice.
  private var given: Set<String> = []

  public init(_ shape: ResultShape, seed: UInt64) {
    self.shape = shape
    random = SplitMix64(seed: seed)
  }

  /// What is in the table after the epochs so far.
  public var table: [[Value]] { held.values.flatMap { Array(repeating: $0.row, count: $0.count) } }

  private static let texts: [Value] = [
    .null, .string(""), .string("a"), .string("A"), .string("it's \"q\""), .string("\\N"), .string("\\."),
    .string("tab\tline\nend\r"),
    .string("日本 🦊"), .string("NULL"), .string(String(repeating: "long ", count: 50)),
  ]
  private static let doubles: [Value] = [
    .null, .double(0.5), .double(-1e300), .double(.nan), .double(.infinity), .double(-.infinity), .double(3), .double(1e-300),
  ]
  private static let times: [Int64] = [0, 1, -1, 1_709_294_400_000_000, 1_709_294_400_123_000, -62_135_596_800_000_000]

  private mutating func row() -> [Value] {
    let start = EventTime(microseconds: random.pick([0, -3_600_000_000, 1_709_294_400_000_000]))
    let window: Value = random.chance(percent: 10) ? .null : .window(start: start, end: start + .hours(1))
    func orNull(_ value: Value) -> Value { random.chance(percent: 15) ? .null : value }
    return [
      random.pick(Self.texts), random.pick(Array(Self.texts.prefix(3))), window, random.pick(Self.doubles),
      orNull(.integer(random.pick([0, -1, 7, .max, .min]))), orNull(.integer(random.pick([0, 7, -2_147_483_648]))),
      orNull(
        .decimal(unscaled: random.pick([0, 1, -1, 10_000, -123_456_789_012, 9_999_999, Self.widest, -Self.widest]), scale: 6)),
      orNull(.boolean(random.chance(percent: 50))), orNull(.date(random.pick([0, -1, 19_783, -719_162]))),
      orNull(.timestamp(EventTime(microseconds: random.pick(Self.times)))), random.pick(Self.doubles),
      random.pick(Self.texts),
    ]
  }

  private static let widest = Int128("99999999999999999999999999999999999999")!

  private func name(_ row: [Value]) -> String {
    text(row, (shape.mode == .update ? shape.key : nil) ?? Array(row.indices))
  }

  private func text(_ row: [Value], _ columns: [Int]) -> String {
    columns.map { "\($0)=\(row[$0].isNull ? "∅" : "‹\(row[$0])›")" }.joined(separator: " ")
  }

  /// The next epoch's changes; sometimes there are none.
  public mutating func next() -> Batch {
    switch shape.mode {
    case .append: return append()
    case .complete:
      held = [:]
      given = []
      return append()
    case .update: return shape.key == nil ? changeBag() : changeKeyed()
    }
  }

  private mutating func append() -> Batch {
    var rows: [[Value]] = []
    // In append mode a key comes once if there is a window in it.
    let key = shape.mode == .complete || shape.key?.contains(2) == true ? shape.key : nil
    for _ in 0..<random.count(0...8) {
      let row = row()
      if let key, !given.insert(text(row, key)).inserted { continue }
      rows.append(row)
      held[name(row), default: (row, 0)].count += 1
    }
    return Batch(schema: shape.schema, rows: rows)
  }

  private mutating func changeKeyed() -> Batch {
    var changes: [String: (row: [Value], weight: Int8)] = [:]
    for _ in 0..<random.count(0...8) {
      let row = row()
      changes[name(row)] = (row, 1)
    }
    for (name, entry) in held.sorted(by: { $0.key < $1.key }) where random.chance(percent: 15) && changes[name] == nil {
      changes[name] = (entry.row, -1)
    }
    for (name, change) in changes { held[name] = change.weight > 0 ? (change.row, 1) : nil }
    return batch(changes.sorted { $0.key < $1.key }.map(\.value))
  }

  private mutating func changeBag() -> Batch {
    var changes: [(row: [Value], weight: Int8)] = []
    for (_, entry) in held.sorted(by: { $0.key < $1.key }) where random.chance(percent: 20) {
      for _ in 0..<random.count(1...entry.count) { changes.append((entry.row, -1)) }
    }
    for _ in 0..<random.count(0...5) {
      let row = row()
      for _ in 0..<random.count(1...2) { changes.append((row, 1)) }
      // Brought and taken back in one epoch.
      if random.chance(percent: 20) { changes.append((row, -1)) }
    }
    for (row, weight) in changes {
      let name = name(row)
      held[name, default: (row, 0)].count += Int(weight)
    }
    held = held.filter { $0.value.count > 0 }
    return batch(changes)
  }

  private func batch(_ changes: [(row: [Value], weight: Int8)]) -> Batch {
    let weights = changes.map(\.weight)
    return Batch(
      schema: shape.schema, rows: changes.map(\.row), weights: weights.allSatisfy { $0 == 1 } ? nil : weights)
  }
}
