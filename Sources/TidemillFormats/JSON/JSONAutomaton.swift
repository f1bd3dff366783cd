import SimdjsonBridge
import TidemillColumns

/// What has been learnt about the records of a stream: literals that lead from value to value.
///
/// It never decides whether a record is good: what does not follow it is read the general way. One lane uses it at a time.
final class JSONAutomaton: @unchecked Sendable {
  // Handed from lane to lane by `JSONAutomatonPool`, never shared.

  static let maximumStates = 512
  static let maximumLiterals = 2048
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
  /// What was passed over before.
  let phrases = JSONPhrases()
  /// How many bytes were read since literals were put in order.
  private var unprepared = 0
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
    for index in 0..<stateCount { states[index].choices.deallocate() }
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
    state.initialize(
      to: JSONState(
        front: unreachable, step: step, column: column, values: UnsafeMutableRawPointer(texts), choices: JSONChoices()))
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
      literalCount < Self.maximumLiterals, !state.pointee.choices.isFull, !state.pointee.choices.contains(text)
    else { return false }
    state.pointee.choices.add(literal(text, to: target, keys: keys))
    Self.arrange(state)
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
    literal.keyCount = keys.nonzeroBitCount
    if text.count > 16 {
      literal.mask |= tidemill_no_byte()
      literal.nextMask = tidemill_first_bytes(text.count - 16) | (text.count > 32 ? tidemill_no_byte() : 0)
    }
    withUnsafeMutableBytes(of: &literal.head) { $0.copyBytes(from: text.prefix(32)) }
    return literal
  }

  /// Puts first what was right most often.
  private static func arrange(_ state: UnsafeMutablePointer<JSONState>) {
    guard state.pointee.choices.count > 0 else { return }
    state.pointee.choices.noteHits(state.pointee.front)
    state.pointee.choices.arrange()
    guard let first = state.pointee.choices.literals else { return }
    state.pointee.front = first.pointee
    guard state.pointee.choices.chained == 0 else { return }
    state.pointee.front.mask |= tidemill_no_byte()
    state.pointee.front.nextMask |= tidemill_no_byte()
  }

  /// The literal that stands at `text`, the longest if there are several. `nil` when there is none.
  @inline(never)
  static func search(
    _ text: UnsafePointer<UInt8>, _ state: UnsafeMutablePointer<JSONState>, _ limit: UnsafePointer<UInt8>
  ) -> UnsafeMutablePointer<JSONLiteral>? {
    state.pointee.choices.find(text, limit)
  }

  /// Before `byteCount` bytes are read: puts first everywhere what was right most often, and lets values be remembered again, but
  /// not for a few bytes each time.
  func prepare(byteCount: Int) {
    unprepared += byteCount
    guard unprepared >= 64 << 10 else { return }
    for index in 0..<stateCount {
      Self.arrange(states + index)
      states[index].renewGuess()
      states[index].allowance = min(states[index].allowance + unprepared / 4096, JSONPhrases.mostAllowed)
    }
    unprepared = 0
  }

  /// What is passed on the way that takes the first literal everywhere; `nil` if that does not lead to the end of a record, or names a
  /// key twice.
  func usualPath() -> JSONPassed? {
    var place = beginning
    var passed = JSONPassed()
    for _ in 0..<stateCount {
      passed.add(JSONState.first(place))
      place = place.pointee.front.target
      if place == ending { return passed.isUnique ? passed : nil }
    }
    return nil
  }

  /// `count` records took the usual path.
  func noteUsual(_ count: Int) {
    guard count > 0 else { return }
    var place = beginning
    while place != ending {
      place.pointee.front.hits &+= count
      place = place.pointee.front.target
    }
  }

  /// Lets each place know where its column's values are.
  func bind(_ slots: UnsafeMutablePointer<JSONSlot>, _ columnCount: Int) {
    guard columnCount > 0 else { return }
    for index in 0..<stateCount { states[index].values = slots[states[index].column].values }
  }

  /// Behind the value at `text`, which nobody reads and which is new or had no business to be looked for; `nil` if it is none.
  @inline(never)
  func passOver(
    _ text: UnsafePointer<UInt8>, _ state: UnsafeMutablePointer<JSONState>, _ limit: UnsafePointer<UInt8>
  ) -> UnsafePointer<UInt8>? {
    state.pointee.remembers = state.pointee.allowance > 0 && text <= limit
    if state.pointee.remembers {
      state.pointee.allowance -= 1
      if let count = phrases.take(text) { return text + count }
    }
    return JSONTextScan.value(text, limit)
  }
}

/// A key of an object, named without its escapes.
struct JSONKey: Hashable {
  /// The object's node among the wanted keys.
  var object: Int
  var name: [UInt8]
}
