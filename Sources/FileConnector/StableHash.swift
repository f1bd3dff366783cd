/// A 64-bit hash that is the same in every process, for names and samples of content. Not meant against an adversary.
package struct StableHash {
  package private(set) var value: UInt64

  package init(seed: UInt64 = 0) { value = seed &+ 0x9E37_79B9_7F4A_7C15 }

  package mutating func combine(_ word: UInt64) {
    let product = (value ^ word).multipliedFullWidth(by: 0xA076_1D64_78BD_642F)
    value = product.high ^ product.low ^ 0xE703_7ED1_A0B4_28DB
    value = (value << 29 | value >> 35) &+ word
  }

  package mutating func combine(_ bytes: UnsafeRawBufferPointer) {
    combine(UInt64(bytes.count))
    var index = 0
    while index + 8 <= bytes.count {
      combine(UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: index, as: UInt64.self)))
      index += 8
    }
    var rest: UInt64 = 0
    while index < bytes.count {
      rest = rest << 8 | UInt64(bytes[index])
      index += 1
    }
    combine(rest)
  }

  package static func of(_ text: String) -> UInt64 {
    var hash = StableHash()
    var text = text
    text.withUTF8 { hash.combine(UnsafeRawBufferPointer($0)) }
    hash.combine(0)
    return hash.value
  }
}
