import Testing

@testable import TidemillStorage
import TidemillFiles

@Suite struct ChecksumTests {
  @Test func checksumIsXXH64() {
    let known: [(String, UInt64)] = [
      ("", 0xEF46_DB37_51D8_E999), ("a", 0xD24E_C4F1_A98C_6E5B), ("abc", 0x44BC_2CF5_AD77_0999),
      ("Nobody inspects the spammish repetition", 0xFBCE_A83C_8A37_8BF1),
    ]
    for (text, sum) in known { #expect(Checksum.of(Array(text.utf8)) == sum, "\(text)") }
  }

  @Test func theChecksumOfInputIsXXH3() {
    let bytes = (0..<100_003).map { UInt8(truncatingIfNeeded: $0 * 7 + $0 / 251) }
    bytes.withUnsafeBytes { bytes in
      #expect(Checksum.ofInput(UnsafeRawBufferPointer(rebasing: bytes[..<0]), seed: 0) == 0x2D06_8005_38D3_94C2)
      #expect(Checksum.ofInput(bytes, seed: 0) == 0x82E3_6988_7246_4F8C)
      #expect(Checksum.ofInput(bytes, seed: 42) == 0x69E5_A8EB_4B3C_2BA4)
    }
  }

  @Test func everyBitOfEveryLengthMatters() {
    for length in [1, 3, 4, 7, 8, 15, 31, 32, 33, 71, 100] {
      let bytes = (0..<length).map { UInt8(truncatingIfNeeded: $0 &* 37) }
      let sum = Checksum.of(bytes, seed: 5)
      for bit in 0..<(length * 8) {
        var changed = bytes
        changed[bit / 8] ^= 1 << (bit % 8)
        #expect(Checksum.of(changed, seed: 5) != sum)
      }
      #expect(Checksum.of(bytes, seed: 6) != sum)
      #expect(Checksum.of(bytes + [0], seed: 5) != sum)
    }
  }
}
