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
  /// Which of the first 16 bytes must be equal. With `tidemill_no_byte` the literal never matches without a search.
  var mask: tidemill_byte_mask
  /// The same for the next 16. With `tidemill_no_byte` the literal is longer than 32 bytes.
  var nextMask: tidemill_byte_mask = 0
  var length = 0
  /// All its bytes; readable for 16 beyond.
  var text: UnsafeMutablePointer<UInt8>
  /// The wanted keys that it names.
  var keys: UInt64 = 0
  var target: UnsafeMutablePointer<JSONState>
}

/// A place in records: behind the value of one key of one object. Which objects are open there is a matter of the place, so
/// that whatever way is taken through learnt literals, brackets match.
struct JSONState {
  /// The literal that is tried first: the last one that was right.
  var front: JSONLiteral
  var step: JSONStep
  /// The column that the value before this place goes to.
  var column = 0
  /// Whether one literal is the beginning of another. Then only a search finds the longest.
  var isAmbiguous = false
  var others: UnsafeMutablePointer<JSONLiteral>?
  var otherCount = 0
  var otherCapacity = 0
}

/// What has been learnt about the records of a stream: literals that lead from value to value.
///
/// It never decides whether a record is good: what does not follow it is read the general way. One lane uses it at a time.
final class JSONAutomaton: @unchecked Sendable {
  // Handed from lane to lane by `JSONAutomatonPool`, never shared.

  static let maximumStates = 512
  static let maximumLiterals = 2048
  static let maximumLiteralsOfState = 64
  static let longestLiteral = 512
  static let maximumText = 128 << 10

  let wanted: JSONWantedKeys
  private let types: [DataType]
  let states: UnsafeMutablePointer<JSONState>
  private let texts: UnsafeMutablePointer<UInt8>
  private(set) var stateCount = 0
  private(set) var literalCount = 0
  private var textCount = 0
  private var stateOfKey: [JSONKey: Int] = [:]

  /// Where a record begins.
  var beginning: UnsafeMutablePointer<JSONState> { states }
  /// Where a record ends.
  var ending: UnsafeMutablePointer<JSONState> { states + 1 }
  /// How much it decides to rely on what is learnt.
  var trust = JSONTrust()

  init(_ wanted: JSONWantedKeys, _ schema: Schema) {
    self.wanted = wanted
    types = schema.fields.map(\.type)
    states = .allocate(capacity: Self.maximumStates)
    texts = .allocate(capacity: Self.maximumText + 32)
    texts.update(repeating: 0, count: Self.maximumText + 32)
    addFixedStates()
  }

  deinit {
    forgetLiterals()
    states.deallocate()
    texts.deallocate()
  }

  private func addFixedStates() {
    addState(.nothing)
    addState(.end)
  }

  private func forgetLiterals() {
    for index in 0..<stateCount { states[index].others?.deallocate() }
    stateCount = 0
    literalCount = 0
    textCount = 0
    stateOfKey = [:]
  }

  /// Forgets all, for a stream that has become another one.
  func reset() {
    forgetLiterals()
    addFixedStates()
  }

  /// Whether there is no room to learn more.
  var isFull: Bool {
    stateCount + 32 > Self.maximumStates || literalCount + 32 > Self.maximumLiterals
      || textCount + 4096 > Self.maximumText
  }

  @discardableResult
  private func addState(_ step: JSONStep, column: Int = 0) -> UnsafeMutablePointer<JSONState> {
    let state = states + stateCount
    let unreachable = JSONLiteral(mask: tidemill_no_byte(), text: texts, target: state)
    state.initialize(to: JSONState(front: unreachable, step: step, column: column))
    stateCount += 1
    return state
  }

  /// The place behind the value of a key; `nil` when there is no room for one more.
  func state(behind key: JSONKey) -> UnsafeMutablePointer<JSONState>? {
    if let index = stateOfKey[key] { return states + index }
    guard stateCount < Self.maximumStates else { return nil }
    stateOfKey[key] = stateCount
    guard let node = wanted.nodes[key.object].children[key.name] else { return addState(.ignored) }
    guard let column = wanted.nodes[node].column else { return addState(.nothing) }
    return addState(JSONStep(types[column]), column: column)
  }

  /// Learns that `text` leads from one place to another. Returns whether that is new.
  func add(
    _ text: UnsafeBufferPointer<UInt8>, from state: UnsafeMutablePointer<JSONState>,
    to target: UnsafeMutablePointer<JSONState>, keys: UInt64
  ) -> Bool {
    guard text.count > 0, text.count <= Self.longestLiteral, textCount + text.count + 16 <= Self.maximumText,
      literalCount < Self.maximumLiterals, state.pointee.otherCount + 1 < Self.maximumLiteralsOfState
    else { return false }
    var isAmbiguous = false
    for index in -1..<state.pointee.otherCount {
      let known = index < 0 ? state.pointee.front : state.pointee.others![index]
      let shared = min(known.length, text.count)
      guard shared > 0, (0..<shared).allSatisfy({ known.text[$0] == text[$0] }) else { continue }
      if known.length == text.count { return false }
      isAmbiguous = true
    }
    let isFirst = state.pointee.front.length == 0
    if !isFirst { push(state.pointee.front, state) }
    state.pointee.front = literal(text, to: target, keys: keys)
    if isAmbiguous { markAmbiguous(state) }
    if state.pointee.isAmbiguous { state.pointee.front.mask |= tidemill_no_byte() }
    literalCount += 1
    return true
  }

  private func literal(
    _ text: UnsafeBufferPointer<UInt8>, to target: UnsafeMutablePointer<JSONState>, keys: UInt64
  ) -> JSONLiteral {
    let place = texts + textCount
    place.update(from: text.baseAddress!, count: text.count)
    textCount += text.count + 16
    var literal = JSONLiteral(mask: tidemill_first_bytes(text.count), text: place, keys: keys, target: target)
    literal.length = text.count
    if text.count > 16 { literal.nextMask = tidemill_first_bytes(text.count - 16) }
    if text.count > 32 { literal.nextMask |= tidemill_no_byte() }
    withUnsafeMutableBytes(of: &literal.head) { $0.copyBytes(from: text.prefix(32)) }
    return literal
  }

  private func push(_ literal: JSONLiteral, _ state: UnsafeMutablePointer<JSONState>) {
    if state.pointee.otherCount == state.pointee.otherCapacity {
      let capacity = max(state.pointee.otherCapacity * 2, 4)
      let grown = UnsafeMutablePointer<JSONLiteral>.allocate(capacity: capacity)
      if let others = state.pointee.others {
        grown.update(from: others, count: state.pointee.otherCount)
        others.deallocate()
      }
      state.pointee.others = grown
      state.pointee.otherCapacity = capacity
    }
    state.pointee.others![state.pointee.otherCount] = literal
    state.pointee.otherCount += 1
  }

  private func markAmbiguous(_ state: UnsafeMutablePointer<JSONState>) {
    state.pointee.isAmbiguous = true
    for index in 0..<state.pointee.otherCount { state.pointee.others![index].mask |= tidemill_no_byte() }
  }

  /// Brings the literal to the front that stands at `text`, the longest if there are several. False when there is none.
  @inline(never)
  static func search(_ text: UnsafePointer<UInt8>, _ state: UnsafeMutablePointer<JSONState>) -> Bool {
    var length = 0
    if matches(text, state.pointee.front) {
      length = state.pointee.front.length
      if !state.pointee.isAmbiguous { return true }
    }
    guard let others = state.pointee.others else { return length > 0 }
    let word = UnsafeRawPointer(text).loadUnaligned(as: UInt64.self)
    var found = -1
    for index in 0..<state.pointee.otherCount {
      let other = others + index
      let count = other.pointee.length
      let difference = other.pointee.head.0 ^ word
      guard count > length, (count >= 8 ? difference : difference << UInt64(64 - count * 8)) == 0 else { continue }
      guard matches(text, other.pointee) else { continue }
      length = count
      found = index
      if !state.pointee.isAmbiguous { break }
    }
    if found >= 0 { swap(&state.pointee.front, &others[found]) }
    return length > 0
  }

  /// Whether all bytes of the literal stand at `text`. It reads no more than 31 bytes behind the first that differs.
  @inline(__always)
  private static func matches(_ text: UnsafePointer<UInt8>, _ literal: JSONLiteral) -> Bool {
    let length = literal.length
    var index = 0
    while index < length {
      let mask = tidemill_first_bytes(length - index)
      if tidemill_difference(text + index, literal.text + index) & mask != 0 { return false }
      index += 16
    }
    return length > 0
  }
}

/// A key of an object, named without its escapes.
struct JSONKey: Hashable {
  /// The object's node among the wanted keys.
  var object: Int
  var name: [UInt8]
}
