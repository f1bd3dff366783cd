/// Names that nobody else comes upon.
package enum UniqueName {
  /// A random UUID (version 4), in lower case.
  package static func make() -> String {
    var random = SystemRandomNumberGenerator()
    return make(using: &random)
  }

  package static func make(using random: inout some RandomNumberGenerator) -> String {
    let high = random.next() & 0xFFFF_FFFF_FFFF_0FFF | 0x4000
    let low = random.next() & 0x3FFF_FFFF_FFFF_FFFF | 0x8000_0000_0000_0000
    func hex(_ value: UInt64, _ shift: UInt64, _ digits: Int) -> String {
      let text = String((value >> shift) & (1 << UInt64(digits * 4) - 1), radix: 16)
      return String(repeating: "0", count: digits - text.count) + text
    }
    return [hex(high, 32, 8), hex(high, 16, 4), hex(high, 0, 4), hex(low, 48, 4), hex(low, 0, 12)].joined(separator: "-")
  }
}
