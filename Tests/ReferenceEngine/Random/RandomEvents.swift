import TidemillColumns
import TidemillPlan

/// The stream that random queries read.
public enum RandomStream {
  public static let schema = Schema(
    Field("event_time", .timestamp), Field("user", .string), Field("product", .int), Field("amount", .int),
    Field("score", .bigint), Field("price", .double), Field("cost", .decimal(precision: 10, scale: 2)),
    Field("flag", .boolean), Field("day", .date), Field("seen", .timestamp))
}

/// A seeded generator of rows: out of order, very late, repeated, with nulls, skewed keys and times before 1970.
struct RandomEvents {
  private var random: SplitMix64
  private let options: RandomOptions

  init(seed: UInt64, options: RandomOptions) {
    random = SplitMix64(seed: seed)
    self.options = options
  }

  mutating func events(for plan: QueryPlan) -> [ReferenceEvent] {
    let partitions = random.count(options.partitions)
    // A stream that begins before 1970 crosses it.
    var now = random.pick([-300, 0, 1_709_290_800] as [Int64]) * 1_000_000
    let wholeSeconds = random.chance(percent: 60)
    var events: [ReferenceEvent] = []
    for table in plan.randomTables { events.append(.table(table.name, RandomTables.rows(of: table, &random))) }
    var isHistory = options.hasHistory
    if isHistory { events.append(.history(true)) }
    var earlier: [ReferenceRow] = []
    let count = random.count(options.rows)
    for index in 0..<count {
      // The last partition may have its first row late in the stream.
      let reachable = index * 3 < count ? max(1, partitions - 1) : partitions
      let partition = random.chance(percent: 50) ? 0 : random.count(0...reachable - 1)
      now += random.integer(0...6_000_000) + (random.chance(percent: 2) ? 120_000_000 : 0)
      var time = now - random.integer(0...20_000_000) - Int64(partition) * 4_000_000
      if random.chance(percent: 6) { time -= random.integer(0...600_000_000) }
      if wholeSeconds { time -= floorRemainder(time, 1_000_000) }
      if !earlier.isEmpty, random.chance(percent: 8) {
        var again = random.pick(earlier)
        if random.chance(percent: 30) { again.partition = partition }
        events.append(.row(again))
      } else {
        let row = row(at: EventTime(microseconds: time), partition: partition, nullTimes: plan.eventTime == nil)
        earlier.append(row)
        events.append(.row(row))
      }
      if random.chance(percent: 8) {
        endEpoch(&events, partitions)
        if isHistory, random.chance(percent: 20) {
          events.append(.history(false))
          isHistory = false
        }
        for table in plan.randomTables where random.chance(percent: 40) {
          events.append(.table(table.name, RandomTables.rows(of: table, &random)))
        }
      }
    }
    endEpoch(&events, partitions)
    if options.endsInput { events.append(.endOfInput) }
    return events
  }

  private mutating func endEpoch(_ events: inout [ReferenceEvent], _ partitions: Int) {
    if options.allowsIdleness {
      if random.chance(percent: 12) {
        events.append(.idle(random.count(0...partitions - 1), for: .seconds(random.integer(60...300))))
      }
      if random.chance(percent: 4) { events.append(.allIdle(.seconds(random.integer(60...300)))) }
    }
    events.append(.endOfEpoch)
  }

  private mutating func row(at time: EventTime, partition: Int, nullTimes: Bool) -> ReferenceRow {
    let seen = EventTime(microseconds: time.microseconds + random.integer(0...90_000_000))
    var values: [Value] = [
      .timestamp(time),
      .string(random.chance(percent: 50) ? "anna" : random.pick(Self.users)),
      .integer(random.chance(percent: 40) ? 1 : random.integer(-3...8)),
      .integer(random.integer(-1_000...100_000)),
      .integer(random.integer(-1_000_000_000_000...1_000_000_000_000)),
      .double(price()),
      .decimal(unscaled: Int128(random.integer(-99_999...9_999_999)), scale: 2),
      .boolean(random.chance(percent: 50)),
      .date(random.integer(-3...3)),
      .timestamp(seen),
    ]
    for ordinal in values.indices where (ordinal > 0 || nullTimes) && random.chance(percent: 7) {
      values[ordinal] = .null
    }
    return ReferenceRow(values, partition: partition)
  }

  private mutating func price() -> Double {
    if random.chance(percent: 2) { return random.pick([.nan, -0.0]) }
    return Double(random.integer(-4_000...4_000)) / 4
  }

  private static let users = [
    "bert", "Carla", "", " dora ", "Émile", "a name of more than twelve bytes", "a name of more than twelve letters",
    "item-1-x", "100%", "日本",
  ]
}
