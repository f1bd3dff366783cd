/// Where something stands in a text: UTF-8 offsets, half-open.
public struct TextRange: Hashable, Sendable {
  /// Where it begins, in bytes of UTF-8 from the start of the text.
  public var lowerBound: Int
  /// Where it ends, exclusive.
  public var upperBound: Int

  /// From offsets of UTF-8 bytes.
  public init(_ range: Range<Int>) {
    lowerBound = range.lowerBound
    upperBound = range.upperBound
  }
}

/// The one error type of Tidemill: what went wrong, where, and what to do.
public struct TidemillError: Error, Hashable, Sendable {
  /// Whose move it is. Few and coarse; the message carries the detail.
  public enum Code: String, Hashable, Sendable {
    /// The query text or the way it was built is wrong.
    case invalidQuery
    /// The query is understood, and Tidemill does not do it.
    case unsupported
    /// Input is not what it was said to be.
    case badInput
    /// A result cannot be represented, such as a sum beyond its type.
    case outOfRange
    /// The checkpoint is damaged, of another query, or held by another process.
    case checkpoint
    /// A file, pipe or server failed.
    case io
    /// The memory budget is spent.
    case outOfMemory
  }

  /// What kind of error it is, for programs.
  public var code: Code
  /// What is wrong and where, as one sentence without a full stop.
  public var message: String
  /// What to do about it.
  public var hint: String?
  /// The place in the query text.
  public var range: TextRange?
  /// Whether doing the same again may succeed.
  public var isRetryable: Bool

  /// An error whose message says what went wrong and where, and whose hint says what to do.
  public init(
    _ code: Code, _ message: String, hint: String? = nil, at range: TextRange? = nil, isRetryable: Bool = false
  ) {
    self.code = code
    self.message = message
    self.hint = hint
    self.range = range
    self.isRetryable = isRetryable
  }
}

extension TidemillError: CustomStringConvertible {
  public var description: String { hint.map { "\(message); \($0)" } ?? message }
}
