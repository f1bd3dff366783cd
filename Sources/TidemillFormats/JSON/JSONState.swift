import SimdjsonBridge
import TidemillColumns

/// What stands where a learnt literal has led to.
enum JSONStep: UInt8 {
  /// The record is over.
  case end
  /// Nothing: the literal held the value itself, a `null` or `{}` in place of an object.
  case nothing
  /// A value that no column takes.
  case ignored
  case boolean, int, bigint, double, decimal, string, date, timestamp

  init(_ type: DataType) {
    switch type {
    case .boolean: self = .boolean
    case .int: self = .int
    case .bigint: self = .bigint
    case .double: self = .double
    case .decimal: self = .decimal
    case .string: self = .string
    case .date: self = .date
    case .timestamp: self = .timestamp
    case .window: preconditionFailure("Windows are made by queries: JSON has none to read")
    }
  }
}

/// The bytes between one value and the next, such as `,"amount":`, and what follows them.
struct JSONLiteral {
  /// The first 32 bytes, zeros behind.
  var head: (UInt64, UInt64, UInt64, UInt64) = (0, 0, 0, 0)
  /// Which of the first 16 bytes must be equal. With `tidemill_no_byte` that is not enough to know.
  var mask: tidemill_byte_mask
  /// The same for the next 16.
  var nextMask = tidemill_no_byte()
  var length = 0
  /// All its bytes; readable for 16 beyond.
  var text: UnsafeMutablePointer<UInt8>
  /// How often it was right, of late.
  var hits = 0
  /// The wanted keys that it names, and how many.
  var keys: UInt64 = 0
  var keyCount = 0
  var target: UnsafeMutablePointer<JSONState>
}

/// A place in records: behind the value of one key of one object. Which objects are open there is a matter of the place, so
/// that whatever way is taken through learnt literals, brackets match.
struct JSONState {
  /// A copy of the literal that is tried first: the one that was right most often.
  var front: JSONLiteral
  var step: JSONStep
  /// Whether values here, which nobody reads, are first looked for among those that were passed over before.
  var remembers = false
  /// How many more values may be remembered here, though they may never come again.
  var allowance = JSONPhrases.mostAllowed
  /// How long the value is that usually stands before this place: a guess. Negative where there is none that is worth it.
  var guess = 0
  /// How often the guess may still be wrong, and how often it might be when it was last renewed.
  var slips = Self.longestPatience
  var mostSlips = Self.longestPatience
  /// The column that the value before this place goes to.
  var column = 0
  /// That column's values, while a chunk is read.
  var values: UnsafeMutableRawPointer
  /// All literals, for when it is not the first.
  var choices: JSONChoices
}

extension JSONState {
  private static let longestPatience = 64

  /// Where the literal is that is tried first: `front` is a state's first member.
  @inline(__always)
  static func first(_ state: UnsafeMutablePointer<JSONState>) -> UnsafeMutablePointer<JSONLiteral> {
    UnsafeMutableRawPointer(state).assumingMemoryBound(to: JSONLiteral.self)
  }

  /// The guess was wrong: the value was so long. The first one is the first guess.
  @inline(never)
  mutating func slip(_ count: Int) {
    if guess == 0 { guess = count }
    slips -= 1
    if slips < 0 { guess = -1 }
  }

  /// Guesses anew; if that was of no use the last time, only for a few values.
  mutating func renewGuess() {
    mostSlips = slips < 0 ? max(mostSlips / 2, 2) : min(mostSlips * 2, Self.longestPatience)
    slips = mostSlips
    if guess < 0 { guess = 0 }
  }
}
