import SimdjsonBridge

/// Values that were passed over before, so that they need not be checked again: short ones that nobody reads.
///
/// What is among them was found good wherever it stood.
final class JSONPhrases {
  /// How many values a place in records may have remembered ahead of those that were worth it.
  static let mostAllowed = 4096

  let entries: UnsafeMutablePointer<tidemill_phrase>
  private let memory: UnsafeMutableRawPointer
  /// A line of its own, of which a value is a part that may be remembered.
  private let line: UnsafeMutablePointer<UInt8>
  private static let capacity = Int(tidemill_phrase_capacity)

  init() {
    guard let memory = tidemill_phrases_memory() else { fatalError("No memory for values that were passed over") }
    self.memory = memory
    entries = memory.alignedUp(toMultipleOf: MemoryLayout<tidemill_phrase>.stride).assumingMemoryBound(to: tidemill_phrase.self)
    line = .allocate(capacity: Self.capacity + 65)
    line.initialize(repeating: 0, count: Self.capacity + 65)
    line[Self.capacity] = UInt8(ascii: "\n")
  }

  deinit {
    tidemill_phrases_free(memory)
    line.deallocate()
  }

  /// Checks the value at `text`, of which 48 bytes are read, and remembers it. Returns its length; `nil` if it is too long, or none.
  ///
  /// What is checked is a copy, so that the bytes that are remembered are those that were found good, even if others come to stand at
  /// `text` meanwhile.
  func take(_ text: UnsafePointer<UInt8>) -> Int? {
    line.update(from: text, count: Self.capacity)
    guard let end = JSONTextScan.value(line, line + (Self.capacity + 1)) else { return nil }
    let count = end - UnsafePointer(line)
    let last = line[count - 1]
    let isClosed = last == UInt8(ascii: "\"") || last == UInt8(ascii: "}") || last == UInt8(ascii: "]")
    // A number may be the beginning of another; it is one if the same byte follows.
    let compared = isClosed ? count : count + 1
    guard compared <= Self.capacity else { return nil }
    let entry = entries + tidemill_phrase_place(line)
    withUnsafeMutableBytes(of: &entry.pointee.text) { $0.copyBytes(from: UnsafeRawBufferPointer(start: line, count: compared)) }
    entry.pointee.length = UInt64(count)
    entry.pointee.ignored = UInt64(64 - compared)
    return count
  }
}
