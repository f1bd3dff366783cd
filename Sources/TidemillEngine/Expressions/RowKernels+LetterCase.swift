import TidemillColumns

extension RowKernels {
  func lower(_ operand: Operand) -> Column { changeCase(operand, from: UInt8(ascii: "A")) { $0.lowercaseMapping } }

  func upper(_ operand: Operand) -> Column { changeCase(operand, from: UInt8(ascii: "a")) { $0.uppercaseMapping } }

  /// Changes the 26 letters from `first` on in ASCII, and other text by `mapping`, scalar by scalar.
  private func changeCase(
    _ operand: Operand, from first: UInt8, _ mapping: (Unicode.Scalar.Properties) -> String
  ) -> Column {
    let strings = operand.strings
    defer { withExtendedLifetime(strings.storage) {} }
    return computeText(validity(operand)) { row, text in
      let bytes = strings.bytes(row)
      if bytes.isASCII {
        text.append(bytes) { $0 &- first < 26 ? $0 ^ 0x20 : $0 }
      } else {
        for scalar in String(decoding: bytes, as: UTF8.self).unicodeScalars { text.append(mapping(scalar.properties)) }
      }
      return true
    }
  }
}
