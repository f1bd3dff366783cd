import TidemillColumns

/// String functions. Positions and lengths count Unicode scalars.
extension RowKernels {
  func length(_ operand: Operand, _ type: DataType) -> Column {
    let strings = operand.strings
    defer { withExtendedLifetime(strings.storage) {} }
    return compute(type, validity(operand)) { row -> Int64? in Int64(strings.bytes(row).scalarCount) }
  }

  /// Takes spaces, and only those, off the ends.
  func trim(_ operand: Operand, left: Bool, right: Bool) -> Column {
    slices(operand.strings, validity(operand)) { text, _ in
      var start = 0
      var end = text.count
      if left { while start < end, text[start] == UInt8(ascii: " ") { start += 1 } }
      if right { while start < end, text[end - 1] == UInt8(ascii: " ") { end -= 1 } }
      return start..<end
    }
  }

  func substring(_ operands: [Operand]) -> Column {
    let positions = operands[1].elements(Int64.self)
    let lengths = (operands.count > 2 ? operands[2] : Operand(constant: .integer(.max), .bigint)).elements(Int64.self)
    defer { withExtendedLifetime((positions.buffer, lengths.buffer)) {} }
    return slices(operands[0].strings, validity(operands)) { text, row in
      let position = positions.buffer.base[row & positions.mask]
      let length = lengths.buffer.base[row & lengths.mask]
      let isASCII = text.isASCII
      let scalars = isASCII ? text.count : text.scalarCount
      // A start before the text counts against the length, as in Spark.
      let start = position > 0 ? position - 1 : position < 0 ? Int64(scalars) + position : 0
      let (sum, overflow) = start.addingReportingOverflow(length)
      let end = min(overflow ? (length > 0 ? .max : .min) : sum, Int64(scalars))
      let first = max(start, 0)
      if first >= end { return 0..<0 }
      if isASCII { return Int(first)..<Int(end) }
      let lower = text.advanced(0, by: Int(first))
      return lower..<text.advanced(lower, by: Int(end - first))
    }
  }

  /// The part between delimiters number n, from the end when negative; empty when there are not as many, NULL for number 0.
  func splitPart(_ operands: [Operand]) -> Column {
    let delimiters = operands[1].strings
    let numbers = operands[2].elements(Int64.self)
    defer { withExtendedLifetime((delimiters.storage, numbers.buffer)) {} }
    return slices(operands[0].strings, validity(operands)) { text, row in
      let delimiter = delimiters.bytes(row)
      let number = numbers.buffer.base[row & numbers.mask]
      if number == 0 { return nil }
      var wanted = number
      if number < 0 {
        var parts: Int64 = 1
        var offset = 0
        while let next = occurrence(of: delimiter, in: text, from: offset) {
          parts += 1
          offset = next + delimiter.count
        }
        wanted = parts &+ number &+ 1
        if number == .min || wanted < 1 { return 0..<0 }
      }
      var start = 0
      while let next = occurrence(of: delimiter, in: text, from: start) {
        if wanted == 1 { return start..<next }
        wanted -= 1
        start = next + delimiter.count
      }
      return wanted == 1 ? start..<text.count : 0..<0
    }
  }

  /// An empty needle is nowhere.
  private func occurrence(
    of needle: UnsafeBufferPointer<UInt8>, in text: UnsafeBufferPointer<UInt8>, from offset: Int
  ) -> Int? {
    needle.isEmpty ? nil : text.firstOffset(of: needle, from: offset)
  }

  func concat(_ operands: [Operand]) -> Column {
    let parts = operands.map(\.strings)
    defer { withExtendedLifetime(parts) {} }
    return computeText(validity(operands)) { row, text in
      for part in parts { text.append(part.bytes(row)) }
      return true
    }
  }

  /// Without a third operand the occurrences are removed.
  func replace(_ operands: [Operand]) -> Column {
    let strings = operands[0].strings
    let needles = operands[1].strings
    let replacements = (operands.count > 2 ? operands[2] : Operand(constant: .string(""), .string)).strings
    defer { withExtendedLifetime((strings.storage, needles.storage, replacements.storage)) {} }
    return computeText(validity(operands)) { row, result in
      let text = strings.bytes(row)
      let needle = needles.bytes(row)
      var start = 0
      while let next = occurrence(of: needle, in: text, from: start) {
        result.append(UnsafeBufferPointer(rebasing: text[start..<next]))
        result.append(replacements.bytes(row))
        if result.isOver { return false }
        start = next + needle.count
      }
      result.append(UnsafeBufferPointer(rebasing: text[start...]))
      return true
    }
  }

  /// A question about two strings.
  @inline(__always)
  func search(
    _ operands: [Operand], _ body: (UnsafeBufferPointer<UInt8>, UnsafeBufferPointer<UInt8>) -> Bool
  ) -> Column {
    let one = operands[0].strings
    let two = operands[1].strings
    defer { withExtendedLifetime((one.storage, two.storage)) {} }
    return compute(.boolean, validity(operands)) { row -> UInt8? in body(one.bytes(row), two.bytes(row)) ? 1 : 0 }
  }

  /// A part of each string. Long parts stay where they are, in the heap of their source.
  @inline(__always)
  private func slices(
    _ strings: OperandStrings, _ validity: Buffer<UInt8>?,
    _ part: (UnsafeBufferPointer<UInt8>, Int) -> Range<Int>?
  ) -> Column {
    let views = Buffer<StringView>(capacity: count)
    views.count = count
    let to = views.base
    var outcome = Validity(validity, count: count)
    for row in 0..<count {
      guard outcome.isValid(row) else {
        to[row] = .empty
        continue
      }
      let text = strings.bytes(row)
      guard let range = part(text, row) else {
        to[row] = .empty
        outcome.clear(row)
        continue
      }
      guard let base = text.baseAddress, !range.isEmpty else {
        to[row] = .empty
        continue
      }
      let view = strings.view(row)
      to[row] = StringView(
        bytes: base + range.lowerBound, count: range.count,
        offset: view.isInline ? 0 : view.offset + range.lowerBound)
    }
    withExtendedLifetime(strings.storage) {}
    let storage = StringStorage(views: views, heap: strings.storage.heap)
    return Column(type: .string, count: count, values: .string(storage), validity: outcome.buffer)
  }
}
