import TidemillColumns

/// A column that an expression computes.
public struct NamedExpression: Hashable, Sendable {
  /// The column's name in the output.
  public var name: String
  /// What computes it.
  public var expression: TypedExpression

  public init(_ name: String, _ expression: TypedExpression) {
    self.name = name
    self.expression = expression
  }
}

/// Groups rows by keys and, mostly, by a window of event time.
///
/// Output columns: the keys, then the window if there is one, then one column per call.
public struct Aggregation: Hashable, Sendable {
  /// What rows are grouped by, but for the window.
  public var keys: [NamedExpression]
  /// The window that rows are grouped by; at most one.
  public var window: WindowAssignment?
  /// The aggregates, each once.
  public var calls: [AggregateCall]
  /// How long a group without a window is kept after its last row, in event time.
  public var timeToLive: TimeSpan?

  public init(
    keys: [NamedExpression], window: WindowAssignment? = nil, calls: [AggregateCall], timeToLive: TimeSpan? = nil
  ) {
    self.keys = keys
    self.window = window
    self.calls = calls
    self.timeToLive = timeToLive
  }

  /// The columns that it gives: keys, window, aggregates.
  public var outputSchema: Schema {
    var fields = keys.map { Field($0.name, $0.expression.type) }
    if let window { fields.append(Field(window.name, .window)) }
    return Schema(fields + calls.map { Field($0.name, $0.resultType) })
  }

  /// How many leading output columns identify a group.
  public var keyCount: Int { keys.count + (window == nil ? 0 : 1) }
}

/// Which windows a row belongs to.
public struct WindowAssignment: Hashable, Sendable {
  /// How windows are laid.
  public enum Kind: Hashable, Sendable {
    /// Half-open windows of `size` that begin every `slide` from 1970-01-01T00:00:00Z + `start`. Tumbling when slide = size.
    case fixed(size: TimeSpan, slide: TimeSpan, start: TimeSpan)
    /// Each row is [time, time + gap); touching sessions of a key merge.
    case session(gap: TimeSpan)
    /// The row carries its window: `time` has type `window`. For aggregates over aggregates.
    case existing
  }

  /// The window column's name in the output.
  public var name: String
  /// How the windows are laid.
  public var kind: Kind
  /// The row's event time (a timestamp; for `.existing` a window). Rows where it is NULL are filtered.
  public var time: TypedExpression
  /// Whether `time` is the stream's watermarked column, or comes from a window over it: then rows can be late and windows close.
  public var followsWatermark: Bool

  public init(name: String, kind: Kind, time: TypedExpression, followsWatermark: Bool) {
    self.name = name
    self.kind = kind
    self.time = time
    self.followsWatermark = followsWatermark
  }
}

/// One aggregate of an aggregation.
public struct AggregateCall: Hashable, Sendable {
  /// The name of the column that takes the result.
  public var name: String
  /// Which aggregate.
  public var function: AggregateFunction
  /// `nil` for `COUNT(*)` only.
  public var argument: TypedExpression?
  /// Rows for which it is not true do not count.
  public var filter: TypedExpression?
  /// The type of the result.
  public var resultType: DataType

  public init(
    name: String, function: AggregateFunction, argument: TypedExpression?, filter: TypedExpression? = nil,
    resultType: DataType
  ) {
    self.name = name
    self.function = function
    self.argument = argument
    self.filter = filter
    self.resultType = resultType
  }
}
