import TidemillColumns

extension RowKernels {
  func lower(_ operand: Operand) -> Column { changeCase(operand, from: UInt8(ascii: "A")) { $0.lowercaseMapping } }

  func upper(_ operand: Operand) -> Column { changeCase(operand, from: UInt8(ascii: "a")) { $0.uppercaseMapping } }

  /// Changes the 26 letters from `first` on in ASCII, and other text by `mapping`, scalar by scalar.
  private func changeCase(
    _ operand: Operand, from first: UInt8, _ mapping: (Unicode.Scalar.Properties) -> String
  ) -> Column {
    let strings = operand.strings
    let validity = validity(operand)
    let result = StringStorage(capacity: count)
    var text: [UInt8] = []
    for row in 0..<count {
      if let validity, validity.base[row] == 0 {
        result.views.append(.empty)
        continue
      }
      let view = strings.view(row)
      if view.isInline, (view.head | view.tail) & 0x8080_8080_8080_8080 == 0 {
        // The length in the low half is at most twelve and so no letter.
        result.views.append(
          StringView(head: Self.flipped(view.head, from: first), tail: Self.flipped(view.tail, from: first)))
        continue
      }
      let bytes = strings.bytes(row)
      text.removeAll(keepingCapacity: true)
      if bytes.isASCII {
        for byte in bytes { text.append(byte &- first < 26 ? byte ^ 0x20 : byte) }
      } else {
        for scalar in String(decoding: bytes, as: UTF8.self).unicodeScalars {
          text.append(contentsOf: mapping(scalar.properties).utf8)
        }
      }
      text.withUnsafeBufferPointer { result.append($0) }
    }
    withExtendedLifetime((strings.storage, validity)) {}
    return Column(type: .string, count: count, values: .string(result), validity: validity)
  }

  /// Flips the case of the letters `first` to `first + 25` among eight ASCII bytes at once.
  private static func flipped(_ word: UInt64, from first: UInt8) -> UInt64 {
    let ones: UInt64 = 0x0101_0101_0101_0101
    // The top bit of a byte says whether it is at least `first`, and whether it is beyond `first + 25`.
    let least = word &+ ones &* UInt64(0x80 - first)
    let beyond = word &+ ones &* UInt64(0x80 - first - 26)
    return word ^ ((least & ~beyond & 0x8080_8080_8080_8080) >> 2)
  }
}
