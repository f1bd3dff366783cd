/// What was passed of a record, by the literals that stand in it.
struct JSONPassed {
  /// The wanted keys that were named.
  var keys: UInt64 = 0
  /// How many names there were.
  private var names = 0

  /// Whether no key was named twice.
  var isUnique: Bool { names == keys.nonzeroBitCount }

  @inline(__always)
  mutating func add(_ literal: UnsafeMutablePointer<JSONLiteral>) {
    keys |= literal.pointee.keys
    names &+= literal.pointee.keyCount
  }
}
