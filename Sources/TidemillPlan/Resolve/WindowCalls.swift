import TidemillColumns

/// Reads `window(ts, size[, slide[, start]])` and `session_window(ts, gap)`.
struct WindowCalls {
  var input: Relation
  var zone: SessionZone

  static func isWindow(_ expression: Expression) -> Bool {
    switch expression.node {
    case .call("window", _), .call("session_window", _): true
    default: false
    }
  }

  func assignment(_ expression: Expression) throws -> WindowAssignment {
    guard case .call(let name, let arguments) = expression.node else {
      preconditionFailure("only a call can be read as a window")
    }
    let isSession = name == "session_window"
    let allowed = isSession ? 2...2 : 2...4
    guard allowed.contains(arguments.count) else {
      throw TidemillError(
        .invalidQuery, "\(name)() takes a time and \(isSession ? "a gap" : "a size"), not \(arguments.count) arguments",
        hint: isSession
          ? "write session_window(ts, '10 minutes')" : "write window(ts, '1 hour') or window(ts, '1 hour', '15 minutes')",
        at: expression.place)
    }
    let time = try time(arguments[0], name)
    let spans = try arguments.dropFirst().map { try span($0, name) }
    let kind = isSession ? try session(spans[0], arguments) : try fixed(spans, arguments)
    return WindowAssignment(name: name, kind: kind, time: time, followsWatermark: input.followsWatermark(time))
  }

  private func session(_ gap: TimeSpan, _ arguments: [Expression]) throws -> WindowAssignment.Kind {
    guard gap > .zero else {
      throw TidemillError(
        .invalidQuery, "the gap of a session must be longer than nothing", hint: "write session_window(ts, '10 minutes')",
        at: arguments[1].place)
    }
    return .session(gap: gap)
  }

  /// Each of a row's windows is a result of its own: more than this is a slip of units rather than a question.
  private static let mostWindowsOfARow: Int64 = 100_000

  private func fixed(_ spans: [TimeSpan], _ arguments: [Expression]) throws -> WindowAssignment.Kind {
    let size = spans[0]
    let slide = spans.count > 1 ? spans[1] : size
    let start = spans.count > 2 ? spans[2] : .zero
    guard size > .zero else {
      throw TidemillError(
        .invalidQuery, "a window must be longer than nothing", hint: "write window(ts, '1 hour')", at: arguments[1].place)
    }
    guard slide > .zero, slide <= size else {
      throw TidemillError(
        .invalidQuery, "a window of \(size) cannot slide by \(slide)",
        hint: "the slide must be longer than nothing and at most the size, or rows fall between windows",
        at: arguments[2].place)
    }
    guard size.microseconds / slide.microseconds <= Self.mostWindowsOfARow else {
      throw TidemillError(
        .unsupported,
        "each row would belong to \(size.microseconds / slide.microseconds) windows of \(size), one every \(slide)",
        hint: "a row may belong to \(Self.mostWindowsOfARow) windows: slide by more, or take a shorter window",
        at: arguments[2].place)
    }
    guard start.microseconds.magnitude < slide.microseconds.magnitude else {
      throw TidemillError(
        .invalidQuery, "windows that begin every \(slide) cannot be moved by \(start)",
        hint: "the start must be shorter than the slide", at: arguments[3].place)
    }
    return .fixed(size: size, slide: slide, start: start)
  }

  private func time(_ expression: Expression, _ name: String) throws -> TypedExpression {
    let typed = try ExpressionResolver(scope: input.scope, zone: zone, clause: "\(name)()").resolve(expression)
    switch typed.type {
    case .timestamp: return typed
    case .date: return Casts.cast(typed, to: .timestamp, zone: zone)
    case .window: return TypedExpression(.timestamp, .function(.windowTime, [typed]))
    default:
      throw TidemillError(
        .invalidQuery, "\(name)() needs a timestamp, and this is \(typed.type)",
        hint: typed.type == .string ? "CAST(x AS TIMESTAMP), or declare the column as TIMESTAMP" : nil,
        at: expression.place)
    }
  }

  private func span(_ expression: Expression, _ name: String) throws -> TimeSpan {
    if let span = expression.span { return span }
    guard case .literal(.string(let text), _) = expression.node else {
      throw TidemillError(
        .unsupported, "the lengths in \(name)() must be constants", hint: "write them as '10 minutes'",
        at: expression.place)
    }
    if let span = TimeSpan(parsing: text) { return span }
    throw Intervals.error(text, at: expression.place)
  }
}

/// What is wrong with an interval's text.
public enum Intervals {
  /// The error for a text that is no interval, or none of a fixed length.
  public static func error(_ text: String, at range: TextRange?) -> TidemillError {
    let words = text.lowercased().split(separator: " ")
    if words.contains(where: { $0.hasPrefix("month") || $0.hasPrefix("year") }) {
      return TidemillError(
        .unsupported, "'\(text)' has no fixed length, since months have not", hint: "write it in days, as '30 days'", at: range)
    }
    return TidemillError(
      .invalidQuery, "'\(text)' is no interval", hint: "write it as '10 minutes' or '1 hour 30 minutes'", at: range)
  }
}
