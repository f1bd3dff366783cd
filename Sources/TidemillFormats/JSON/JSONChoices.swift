import SimdjsonBridge

/// The literals that may follow one place, found by their first bytes.
struct JSONChoices {
  static let maximum = 60
  private static let slotCount = 128
  /// Shorter literals, which only close brackets, are few and tried one by one.
  private static let shortest = 5

  private(set) var literals: UnsafeMutablePointer<JSONLiteral>?
  private(set) var count = 0
  private var capacity = 0
  /// By hash: the number of a literal, counted from one, or zero. Those of equal hash follow one another.
  private var slots: UnsafeMutablePointer<UInt8>?
  /// What of the first eight bytes all literals have, so that it can be hashed without knowing which it is.
  private var hashed: UInt64 = ~0
  /// The numbers of the short literals.
  private var shorts: (first: Int, second: Int) = (-1, -1)
  /// Whether one literal is the beginning of another, so that the longest has to be found.
  private var isAmbiguous = false
  /// How many literals are tried one by one, the most frequent first, before one is searched for; none where that is of no use.
  private(set) var chained = 0

  var isFull: Bool { count == Self.maximum }

  func deallocate() {
    literals?.deallocate()
    slots?.deallocate()
  }

  func contains(_ text: UnsafeBufferPointer<UInt8>) -> Bool {
    for index in 0..<count {
      let known = literals![index]
      if known.length == text.count, (0..<text.count).allSatisfy({ known.text[$0] == text[$0] }) { return true }
    }
    return false
  }

  /// Adds a literal that is not among them. One more than a state has room for is left out, and so never found.
  mutating func add(_ literal: JSONLiteral) {
    if count == capacity { grow() }
    for index in 0..<count {
      let known = literals![index]
      let shared = min(known.length, literal.length)
      if (0..<shared).allSatisfy({ known.text[$0] == literal.text[$0] }) { isAmbiguous = true }
    }
    literals![count] = literal
    count += 1
  }

  private mutating func grow() {
    capacity = max(capacity * 2, 4)
    let grown = UnsafeMutablePointer<JSONLiteral>.allocate(capacity: capacity)
    if let literals {
      grown.update(from: literals, count: count)
      literals.deallocate()
    }
    literals = grown
  }

  private mutating func rebuild() {
    let slots = slots ?? .allocate(capacity: Self.slotCount)
    self.slots = slots
    slots.update(repeating: 0, count: Self.slotCount)
    shorts = (-1, -1)
    var common = 8
    for index in 0..<count where literals![index].length >= Self.shortest { common = min(common, literals![index].length) }
    hashed = common == 8 ? ~0 : (1 << UInt64(common * 8)) - 1
    for index in 0..<count {
      if literals![index].length < Self.shortest {
        if shorts.first < 0 { shorts.first = index } else if shorts.second < 0 { shorts.second = index }
        continue
      }
      var slot = hash(literals![index].head.0)
      while slots[slot] != 0 { slot = (slot + 1) % Self.slotCount }
      slots[slot] = UInt8(index + 1)
    }
  }

  @inline(__always)
  private func hash(_ word: UInt64) -> Int {
    Int(truncatingIfNeeded: ((word & hashed) &* 0x9E37_79B9_7F4A_7C15) &>> 57)
  }

  /// The longest literal that stands at `text` and ends no later than `limit`.
  @inline(__always)
  func find(_ text: UnsafePointer<UInt8>, _ limit: UnsafePointer<UInt8>) -> UnsafeMutablePointer<JSONLiteral>? {
    guard let literals, let slots else { return nil }
    var found: UnsafeMutablePointer<JSONLiteral>?
    var slot = hash(UInt64(littleEndian: UnsafeRawPointer(text).loadUnaligned(as: UInt64.self)))
    while slots[slot] != 0 {
      let candidate = literals + (Int(slots[slot]) &- 1)
      if candidate.pointee.stands(at: text, limit) {
        if !isAmbiguous { return candidate }
        if found == nil || found!.pointee.length < candidate.pointee.length { found = candidate }
      }
      slot = (slot &+ 1) % Self.slotCount
    }
    if found != nil { return found }
    if shorts.first >= 0, literals[shorts.first].stands(at: text, limit) { found = literals + shorts.first }
    if shorts.second >= 0, literals[shorts.second].stands(at: text, limit) {
      if found == nil || found!.pointee.length < literals[shorts.second].length { found = literals + shorts.second }
    }
    return found
  }

  /// The literal at `text`, if it is the first of its hash and not longer than 32 bytes, or short, and they are not tried in turn.
  @inline(__always)
  func quick(_ text: UnsafePointer<UInt8>) -> UnsafeMutablePointer<JSONLiteral>? {
    guard chained == 0, !isAmbiguous, let slots else { return nil }
    let slot = hash(UInt64(littleEndian: UnsafeRawPointer(text).loadUnaligned(as: UInt64.self)))
    let number = Int(slots[slot])
    // Where there is none of the longer ones, mostly the record ends.
    let index = number > 0 ? number &- 1 : shorts.first
    guard index >= 0 else { return nil }
    let candidate = literals.unsafelyUnwrapped + index
    return JSONLiteral.stands(candidate, at: text) ? candidate : nil
  }

  /// The first of those that are tried in turn that stands at `text`.
  @inline(__always)
  func next(_ text: UnsafePointer<UInt8>) -> UnsafeMutablePointer<JSONLiteral>? {
    var candidate = literals.unsafelyUnwrapped + 1
    let end = literals.unsafelyUnwrapped + chained
    while candidate < end {
      if JSONLiteral.stands(candidate, at: text) { return candidate }
      candidate += 1
    }
    return nil
  }

  private static let longestChain = 8

  /// Takes over how often the literal was right that is tried first.
  mutating func noteHits(_ front: JSONLiteral) {
    for index in 0..<count where literals![index].text == front.text { literals![index].hits = front.hits }
  }

  /// Puts the most frequent literals first.
  ///
  /// Trying one after the other lets the processor guess the next before it has seen the last. Where it could not guess, for
  /// there are too many as frequent as others, the literal is found by its hash at once.
  mutating func arrange() {
    guard let literals else { return }
    var all = UnsafeMutableBufferPointer(start: literals, count: count)
    all.sort { $0.hits > $1.hits }
    let sum = all.reduce(0) { $0 + $1.hits }
    let first = all.prefix(3).reduce(0) { $0 + $1.hits }
    chained = isAmbiguous || first * 5 < sum * 3 ? 0 : min(count, Self.longestChain)
    for index in all.indices { all[index].hits /= 2 }
    rebuild()
  }
}

extension JSONLiteral {
  /// Whether all bytes of `literal` stand at `text`; false for those that have more than 32.
  @inline(__always)
  static func stands(_ literal: UnsafeMutablePointer<JSONLiteral>, at text: UnsafePointer<UInt8>) -> Bool {
    let head = UnsafeRawPointer(literal).assumingMemoryBound(to: UInt8.self)
    let difference = tidemill_difference(text, head) & literal.pointee.mask
    if _fastPath(difference == 0) { return true }
    return difference == tidemill_no_byte() && tidemill_difference(text + 16, head + 16) & literal.pointee.nextMask == 0
  }

  /// Whether all its bytes stand at `text`, and before `limit`. It reads no more than 15 bytes behind them.
  @inline(__always)
  func stands(at text: UnsafePointer<UInt8>, _ limit: UnsafePointer<UInt8>) -> Bool {
    if text + length > limit { return false }
    // Whatever makes the first literal be searched for does not matter here.
    if tidemill_difference(text, self.text) & mask & ~tidemill_no_byte() != 0 { return false }
    var index = 16
    while index < length {
      if tidemill_difference(text + index, self.text + index) & tidemill_first_bytes(length &- index) != 0 { return false }
      index &+= 16
    }
    return true
  }
}
