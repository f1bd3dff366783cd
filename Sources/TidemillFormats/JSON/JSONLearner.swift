import SimdjsonBridge

/// Takes apart a record that was found good, and teaches an automaton its literals.
struct JSONLearner {
  private let automaton: JSONAutomaton
  private let text: UnsafePointer<UInt8>
  private let end: Int
  private var at = 0
  /// Where the current literal begins.
  private var cut = 0
  /// The wanted keys that it has named.
  private var keys: UInt64 = 0
  private var state: UnsafeMutablePointer<JSONState>
  private var taught = false

  /// Learns the record that the line holds, which must end with its line feed. Returns whether there was anything new.
  ///
  /// What is learnt is a copy, and checked once more: if the text lies in a file, it may not be what was found good before.
  static func learn(_ line: UnsafeBufferPointer<UInt8>, _ automaton: JSONAutomaton) -> Bool {
    guard let first = line.baseAddress, line.last == UInt8(ascii: "\n") else { return false }
    return withUnsafeTemporaryAllocation(of: UInt8.self, capacity: line.count + 64) { copy in
      copy.initialize(repeating: 0)
      let text = copy.baseAddress!
      text.update(from: first, count: line.count - 1)
      text[line.count - 1] = UInt8(ascii: "\n")
      var learner = JSONLearner(automaton: automaton, text: text, end: line.count, state: automaton.beginning)
      guard learner.isGood() else { return false }
      learner.record()
      return learner.taught
    }
  }

  /// Whether the line is an object, not too deep, and nothing else.
  private func isGood() -> Bool {
    var rest = self
    rest.space()
    guard rest.byte == UInt8(ascii: "{"), let behind = JSONTextScan.value(text + rest.at, text + end) else { return false }
    rest.at = behind - text
    rest.space()
    return rest.at == end - 1
  }

  private mutating func record() {
    space()
    guard object(0) else { return }
    at = end
    emit(to: automaton.ending)
  }

  /// From an object's `{` to behind its `}`. False when it is no use to go on.
  private mutating func object(_ node: Int) -> Bool {
    at += 1
    space()
    if byte == UInt8(ascii: "}") {
      at += 1
      return true
    }
    while byte == UInt8(ascii: "\"") {
      guard let name = key(), member(JSONKey(object: node, name: name)) else { return false }
      space()
      if byte == UInt8(ascii: "}") {
        at += 1
        return true
      }
      at += 1
      space()
    }
    return false
  }

  private mutating func member(_ key: JSONKey) -> Bool {
    let child = automaton.wanted.nodes[key.object].children[key.name]
    keys |= child.map { automaton.wanted.nodes[$0].bit } ?? 0
    if let child, automaton.wanted.nodes[child].column == nil {
      guard byte == UInt8(ascii: "{") else {
        // Anything but `null` makes a record wrong, unless the key comes again, and what is learnt may do without the other one.
        guard at + 4 <= end, JSONTextScan.isNull(text + at) else { return false }
        skip()
        return emit(behind: key)
      }
      let start = at
      at += 1
      space()
      if byte == UInt8(ascii: "}") {
        at += 1
        return emit(behind: key)
      }
      at = start
      return object(child)
    }
    guard emit(behind: key) else { return false }
    skip()
    cut = at
    return true
  }

  private mutating func emit(behind key: JSONKey) -> Bool {
    guard let target = automaton.state(behind: key) else { return false }
    emit(to: target)
    return true
  }

  private mutating func emit(to target: UnsafeMutablePointer<JSONState>) {
    let literal = UnsafeBufferPointer(start: text + cut, count: at - cut)
    if automaton.add(literal, from: state, to: target, keys: keys) { taught = true }
    state = target
    keys = 0
    cut = at
  }

  /// 0 behind the end, which nothing takes for a part of a record.
  private var byte: UInt8 { at < end ? text[at] : 0 }

  private mutating func space() {
    while byte == 32 || byte == 9 || byte == 13 { at += 1 }
  }

  /// From a key's quote to its value. `nil` when there is no such thing.
  private mutating func key() -> [UInt8]? {
    let start = at + 1
    string()
    guard at <= end, at > start else { return nil }
    let written = UnsafeBufferPointer(start: text + start, count: at - 1 - start)
    space()
    guard byte == UInt8(ascii: ":") else { return nil }
    at += 1
    space()
    guard written.contains(UInt8(ascii: "\\")), let first = written.baseAddress else { return Array(written) }
    return [UInt8](unsafeUninitializedCapacity: written.count) { buffer, count in
      count = tidemill_json_unescape(first, written.count, buffer.baseAddress!)
    }
  }

  /// Behind the string that begins here.
  private mutating func string() {
    at += 1
    while at < end, byte != UInt8(ascii: "\"") { at += byte == UInt8(ascii: "\\") ? 2 : 1 }
    at += 1
  }

  /// Behind the value that begins here.
  private mutating func skip() {
    var depth = 0
    while at < end {
      switch byte {
      case UInt8(ascii: "\""):
        string()
        if depth == 0 { return }
      case UInt8(ascii: "{"), UInt8(ascii: "["):
        depth += 1
        at += 1
      case UInt8(ascii: "}"), UInt8(ascii: "]"):
        if depth == 0 { return }
        depth -= 1
        at += 1
        if depth == 0 { return }
      case UInt8(ascii: ","), 32, 9, 10, 13:
        if depth == 0 { return }
        at += 1
      default: at += 1
      }
    }
  }
}
