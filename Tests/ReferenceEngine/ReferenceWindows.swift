import TidemillColumns
import TidemillPlan

/// A half-open span of event time.
struct WindowSpan: Hashable {
  var start: EventTime
  var end: EventTime

  /// What stands for "no window": it never ends, so that no row is late for it and no watermark closes it.
  static let all = WindowSpan(start: .distantPast, end: .distantFuture)
}

/// How an aggregation's windows come to be, once `timeToLive` is told as the session that it is.
enum WindowRule: Hashable {
  case none
  case fixed(size: TimeSpan, slide: TimeSpan, start: TimeSpan)
  case session(gap: TimeSpan)
  case existing
}

extension Aggregation {
  var windowRule: WindowRule {
    switch window?.kind {
    case .fixed(let size, let slide, let start): .fixed(size: size, slide: slide, start: start)
    case .session(let gap): .session(gap: gap)
    case .existing: .existing
    case nil: timeToLive.map { .session(gap: $0) } ?? .none
    }
  }

  private var followsWatermark: Bool { window?.followsWatermark ?? (timeToLive != nil) }

  /// The windows that a row falls into, earliest first; a session row's is its own, before merging. `nil` when its time is
  /// NULL or far beyond the calendar.
  func windows(of row: StageRow, zone: SessionZone) -> [WindowSpan]? {
    guard let window else {
      guard let timeToLive, let time = row.eventTime else { return [.all] }
      return [WindowSpan(start: time, end: time + timeToLive)]
    }
    let value = evaluate(window.time, on: row.values, zone: zone)
    if case .timestamp(let time) = value, !EventTime.supported.contains(time) { return nil }
    switch (window.kind, value) {
    case (_, .null): return nil
    case (.existing, .window(let start, let end)): return [WindowSpan(start: start, end: end)]
    case (.session(let gap), .timestamp(let time)): return [WindowSpan(start: time, end: time + gap)]
    case (.fixed(let size, let slide, let offset), .timestamp(let time)):
      let sinceStart = floorRemainder(time.microseconds - offset.microseconds, slide.microseconds)
      var start = time.microseconds - sinceStart
      var spans: [WindowSpan] = []
      while start + size.microseconds > time.microseconds {
        spans.insert(
          WindowSpan(
            start: EventTime(microseconds: start), end: EventTime(microseconds: start + size.microseconds)),
          at: 0)
        start -= slide.microseconds
      }
      return spans
    default: preconditionFailure("a window cannot be made of \(value)")
    }
  }

  /// - Parameters:
  ///   - time: the row's event time.
  ///   - watermark: the one of the row's partition before it.
  func isLate(_ span: WindowSpan, time: EventTime?, watermark: EventTime) -> Bool {
    guard followsWatermark else { return false }
    return makesSessions ? span.start < watermark : span.end <= watermark
  }

  var makesSessions: Bool {
    if case .session = windowRule { true } else { false }
  }

  /// Whether the global watermark has closed a window. The end of the input closes everything.
  ///
  /// - Parameter behindSessions: whether the rows are results of sessions. A session whose end is the watermark is still open, and
  ///   its last microsecond lies in a window that ends there: that window has to stay open as well.
  func isClosed(_ span: WindowSpan, by watermark: EventTime, behindSessions: Bool) -> Bool {
    if watermark == .distantFuture { return true }
    guard followsWatermark else { return false }
    return makesSessions || behindSessions ? span.end < watermark : span.end <= watermark
  }
}

/// The remainder that is never negative.
func floorRemainder(_ value: Int64, _ divisor: Int64) -> Int64 {
  let rest = value % divisor
  return rest < 0 ? rest + divisor : rest
}

/// The quotient rounded down.
func floorQuotient(_ value: Int64, _ divisor: Int64) -> Int64 {
  (value - floorRemainder(value, divisor)) / divisor
}
