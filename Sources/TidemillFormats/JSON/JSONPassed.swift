/// What was passed of a record.
struct JSONPassed {
  /// The wanted keys that were named.
  var keys: UInt64 = 0
  /// How many names there were: with more than keys, one came twice.
  var names = 0

  @inline(__always)
  mutating func note(_ literal: UnsafeMutablePointer<JSONLiteral>) {
    literal.pointee.hits &+= 1
    keys |= literal.pointee.keys
    names &+= literal.pointee.keyCount
  }
}
