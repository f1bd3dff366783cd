import TidemillColumns
import TidemillConnectors

/// Time, as far as the sink needs it; tests have a time of their own.
struct SinkTime: Sendable {
  /// Since some moment; never goes back.
  var elapsed: @Sendable () -> TimeSpan
  /// What people's clocks show.
  var now: @Sendable () -> EventTime
  var sleep: @Sendable (TimeSpan) async throws -> Void
  /// From 0 to 1, by chance: those who wait for the same server shall not all come back at once.
  var chance: @Sendable () -> Double

  static let system: SinkTime = {
    let start = ContinuousClock.now
    return SinkTime(
      elapsed: { TimeSpan(microseconds: (ContinuousClock.now - start).wholeMicroseconds) },
      now: { EventTime(microseconds: SystemTime.microseconds()) },
      sleep: { try await Task.sleep(for: .microseconds($0.microseconds)) },
      chance: { Double.random(in: 0...1) })
  }()
}

extension Duration {
  fileprivate var wholeMicroseconds: Int64 { components.seconds * 1_000_000 + components.attoseconds / 1_000_000_000_000 }
}

/// How long to wait before a part is tried again.
enum RetryPolicy {
  static let first = TimeSpan(microseconds: 500_000)
  static let longest = TimeSpan.minutes(1)
  /// Also for a server that asks to be asked again at once.
  static let shortest = TimeSpan(microseconds: 100_000)

  /// Doubles from half a second to a minute, and is shortened by up to a half by chance.
  ///
  /// - Parameter attempt: how often it was tried, from 1.
  static func pause(after attempt: Int, chance: Double) -> TimeSpan {
    let doublings = min(attempt - 1, 16)
    let whole = min(first.microseconds << Int64(doublings), longest.microseconds)
    return TimeSpan(microseconds: whole - Int64(Double(whole / 2) * min(max(chance, 0), 1)))
  }

  /// What an answer means for the part that was sent.
  enum Verdict: Hashable {
    case taken, again, refused
  }

  static func verdict(_ status: Int) -> Verdict {
    switch status {
    case 200..<300: .taken
    // Request timeout, too early, too many requests, and what is wrong with the server.
    case 408, 425, 429, 500..<600: .again
    default: .refused
    }
  }
}

/// The header `Retry-After`: a number of seconds, or a time such as `Wed, 21 Oct 2026 07:28:00 GMT`.
enum RetryAfter {
  /// How long the server asks to wait; `nil` for what is neither.
  static func span(_ text: String, now: EventTime) -> TimeSpan? {
    let text = text.trimmed
    if !text.isEmpty, text.utf8.allSatisfy({ (48...57).contains($0) }) {
      return Int64(text).map { .seconds(min($0, 365 * 86_400)) } ?? .days(365)
    }
    guard let time = time(text) else { return nil }
    return TimeSpan(microseconds: min(max(0, time.microseconds - now.microseconds), TimeSpan.days(365).microseconds))
  }

  private static let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]

  private static func time(_ text: String) -> EventTime? {
    let words = text.split(separator: " ")
    guard words.count == 6, words[5] == "GMT", let day = Int64(words[1]), let month = months.firstIndex(of: String(words[2])),
      let year = Int64(words[3]), (1970...9999).contains(year), (1...31).contains(day)
    else { return nil }
    let clock = words[4].split(separator: ":").compactMap { Int64($0) }
    guard clock.count == 3, (0..<24).contains(clock[0]), (0..<60).contains(clock[1]), (0...60).contains(clock[2]) else {
      return nil
    }
    let seconds = clock[0] * 3600 + clock[1] * 60 + clock[2]
    let days = Calendar.days(year: year, month: Int64(month + 1), day: day)
    return EventTime(microseconds: (days * 86_400 + seconds) * 1_000_000)
  }
}

extension String {
  fileprivate var trimmed: String {
    let start = drop { $0 == " " || $0 == "\t" }
    return String(start.reversed().drop { $0 == " " || $0 == "\t" }.reversed())
  }
}
