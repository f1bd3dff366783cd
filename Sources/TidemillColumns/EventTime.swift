/// A point in event time: microseconds since 1970-01-01T00:00:00Z.
@frozen
public struct EventTime: Hashable, Comparable, Sendable, BitwiseCopyable {
  /// Since 1970-01-01T00:00:00Z.
  public var microseconds: Int64

  /// From microseconds since 1970-01-01T00:00:00Z; negative before.
  @inlinable
  public init(microseconds: Int64) { self.microseconds = microseconds }

  @inlinable
  public static func < (left: EventTime, right: EventTime) -> Bool { left.microseconds < right.microseconds }

  /// Times outside these, somewhat beyond the years 0001 to 9999, are no event times: arithmetic with them would overflow.
  public static let supported =
    EventTime(microseconds: -(1 << 60))...EventTime(microseconds: 1 << 60)

  /// Before every other time: what a watermark is before the first row.
  public static let distantPast = EventTime(microseconds: .min)

  /// After every other time: what a watermark becomes when all that is there is all there will ever be.
  public static let distantFuture = EventTime(microseconds: .max)

  /// The time `span` later; stays at the ends of the range instead of overflowing.
  @inlinable
  public static func + (time: EventTime, span: TimeSpan) -> EventTime {
    let (sum, overflow) = time.microseconds.addingReportingOverflow(span.microseconds)
    return EventTime(microseconds: overflow ? (span.microseconds > 0 ? .max : .min) : sum)
  }

  /// The time `span` earlier; `distantPast` and `distantFuture` stay where they are.
  @inlinable
  public static func - (time: EventTime, span: TimeSpan) -> EventTime {
    if time == distantPast || time == distantFuture { return time }
    let (difference, overflow) = time.microseconds.subtractingReportingOverflow(span.microseconds)
    return EventTime(microseconds: overflow ? (span.microseconds > 0 ? .min : .max) : difference)
  }
}

extension EventTime: CustomStringConvertible {
  public var description: String {
    switch self {
    case .distantPast: "none"
    case .distantFuture: "end"
    default: TimestampText.string(microseconds: microseconds)
    }
  }
}

/// A length of time in microseconds: a window's size, a watermark's delay.
@frozen
public struct TimeSpan: Hashable, Comparable, Sendable, BitwiseCopyable {
  /// The length in microseconds; negative for a span back in time.
  public var microseconds: Int64

  /// From microseconds.
  @inlinable
  public init(microseconds: Int64) { self.microseconds = microseconds }

  /// From whole seconds; traps beyond some 292,000 years, as its siblings do.
  public static func seconds(_ count: Int64) -> TimeSpan { TimeSpan(microseconds: count * 1_000_000) }
  /// From whole minutes.
  public static func minutes(_ count: Int64) -> TimeSpan { .seconds(count * 60) }
  /// From whole hours.
  public static func hours(_ count: Int64) -> TimeSpan { .seconds(count * 3600) }
  /// From days of 24 hours each.
  public static func days(_ count: Int64) -> TimeSpan { .seconds(count * 86_400) }
  /// No time at all.
  public static let zero = TimeSpan(microseconds: 0)

  @inlinable
  public static func < (left: TimeSpan, right: TimeSpan) -> Bool { left.microseconds < right.microseconds }
}

extension TimeSpan {
  /// Reads Spark's interval text: `10 minutes`, `1 hour 30 minutes`, `250 milliseconds`, with or without `INTERVAL`.
  ///
  /// Months and years have no fixed length and are not spans: they give `nil`, as anything else that is no interval does.
  public init?(parsing text: String) {
    var words = text.lowercased().split(whereSeparator: { $0 == " " || $0 == "\t" || $0 == "\n" })[...]
    if words.first == "interval" { words = words.dropFirst() }
    guard !words.isEmpty, words.count.isMultiple(of: 2) else { return nil }
    var total: Int64 = 0
    while let number = words.popFirst(), let unit = words.popFirst() {
      guard let count = Int64(number), let length = Self.unitLengths[String(unit)] else { return nil }
      let (part, overflow) = count.multipliedReportingOverflow(by: length)
      let (sum, overflow2) = total.addingReportingOverflow(part)
      if overflow || overflow2 { return nil }
      total = sum
    }
    guard total.magnitude <= Self.longest.microseconds.magnitude else { return nil }
    self.init(microseconds: total)
  }

  /// The longest span that text can say, about ten thousand years: added to any timestamp of the calendar it stays in range.
  public static let longest = TimeSpan.days(3_652_425)

  private static let unitLengths: [String: Int64] = {
    var lengths: [String: Int64] = [:]
    for (names, length) in [
      (["microsecond", "us"], 1), (["millisecond", "ms"], 1_000), (["second", "sec", "s"], 1_000_000),
      (["minute", "min", "m"], 60_000_000), (["hour", "h"], 3_600_000_000), (["day", "d"], 86_400_000_000),
      (["week", "w"], 604_800_000_000),
    ] as [([String], Int64)] {
      for name in names {
        lengths[name] = length
        lengths[name + "s"] = length
      }
    }
    return lengths
  }()
}

extension TimeSpan: CustomStringConvertible {
  /// The largest unit that divides the span: `90 minutes`, `1 hour`.
  public var description: String {
    for (name, length) in [
      ("day", 86_400_000_000), ("hour", 3_600_000_000), ("minute", 60_000_000), ("second", 1_000_000),
      ("millisecond", 1_000), ("microsecond", 1),
    ] as [(String, Int64)]
    where microseconds != 0 && microseconds.isMultiple(of: length) {
      let count = microseconds / length
      return "\(count) \(name)\(count == 1 ? "" : "s")"
    }
    return "0 seconds"
  }
}
