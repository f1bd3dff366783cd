import TidemillColumns
import TidemillPlan

/// CASE and the functions that pick one of their arguments.
extension RowKernels {
  /// The result of the first condition that holds, else the last result. One more result than conditions.
  func choose(_ conditions: [Buffer<UInt8>], _ results: [Operand], _ type: DataType) -> Column {
    let choice = Buffer<Int32>(repeating: Int32(conditions.count), count: count)
    let chosen = choice.base
    for (branch, condition) in conditions.enumerated().reversed() {
      let holds = condition.base
      let number = Int32(branch)
      for row in 0..<count { chosen[row] = holds[row] != 0 ? number : chosen[row] }
      withExtendedLifetime(condition) {}
    }
    return pick(choice, results, type)
  }

  /// The first operand that is not NULL.
  func coalesce(_ operands: [Operand], _ type: DataType) -> Column {
    if operands.isEmpty { return nulls(type) }
    // Nothing behind an operand that is never NULL can be chosen.
    let end = operands.firstIndex { $0.column.validity == nil } ?? operands.count - 1
    if end == 0 { return operands[0].spread(over: count) }
    let conditions = operands[..<end].map { operand in
      map(OperandElements(buffer: UInt8.buffer(of: isNull(operand)), isConstant: false)) { $0 ^ 1 }
    }
    return choose(conditions, Array(operands[...end]), type)
  }

  /// NULL where both are equal, else the left.
  func nullif(_ left: Operand, _ right: Operand) -> Column {
    let values = left.spread(over: count)
    if left.isNullConstant || right.isNullConstant { return values }
    let equal = comparison(.equal, left, right)
    let differs = map(OperandElements(buffer: selection(Operand(equal)), isConstant: false)) { $0 ^ 1 }
    let validity = normalised(values.validity.map { both($0, differs) } ?? differs)
    return Column(type: values.type, count: count, values: values.values, validity: validity)
  }

  /// The operand that is `symbol` than all others, of those that are not NULL.
  func extreme(_ symbol: ComparisonOperator, _ operands: [Operand], _ type: DataType) -> Column {
    let candidates = operands.filter { !$0.isNullConstant }
    guard var best = candidates.first else { return nulls(type) }
    for candidate in candidates.dropFirst() {
      let better = selection(Operand(comparison(symbol, candidate, best)))
      let onlyOne = both(UInt8.buffer(of: isNull(best)), map(isNull(candidate)) { $0 ^ 1 })
      best = Operand(choose([either(better, onlyOne)], [candidate, best], type))
    }
    return best.spread(over: count)
  }

  private func map(_ bytes: Column, _ body: (UInt8) -> UInt8) -> Buffer<UInt8> {
    map(OperandElements(buffer: UInt8.buffer(of: bytes), isConstant: false), body)
  }

  /// For each row the value of the operand whose number `choice` gives.
  private func pick(_ choice: Buffer<Int32>, _ operands: [Operand], _ type: DataType) -> Column {
    let values: Column.Values =
      switch type.layout {
      case .bytes: .bytes(blend(choice, operands.map { $0.elements() }))
      case .int64: .int64(blend(choice, operands.map { $0.elements() }))
      case .float64: .float64(blend(choice, operands.map { $0.elements() }))
      case .int128: .int128(blend(choice, operands.map { $0.elements() }))
      case .string: .string(gather(choice, operands))
      case .window:
        .window(start: blend(choice, operands.map(\.window.start)), end: blend(choice, operands.map(\.window.end)))
      }
    return Column(type: type, count: count, values: values, validity: pickedValidity(choice, operands))
  }

  private func pickedValidity(_ choice: Buffer<Int32>, _ operands: [Operand]) -> Buffer<UInt8>? {
    if operands.allSatisfy({ $0.column.validity == nil }) { return nil }
    let one = Buffer<UInt8>([1])
    return normalised(
      blend(
        choice,
        operands.map { operand in
          operand.column.validity.map { OperandElements(buffer: $0, isConstant: operand.isConstant) }
            ?? OperandElements(buffer: one, isConstant: true)
        }))
  }

  private func blend<Element>(_ choice: Buffer<Int32>, _ operands: [OperandElements<Element>]) -> Buffer<Element> {
    let result = Buffer<Element>(capacity: count)
    result.count = count
    let to = result.base
    let chosen = choice.base
    for (number, operand) in operands.enumerated() {
      let number = Int32(number)
      let from = operand.buffer.base
      let mask = operand.mask
      if number == 0 {
        for row in 0..<count { to[row] = from[row & mask] }
      } else if operand.isConstant {
        let constant = from[0]
        for row in 0..<count { to[row] = chosen[row] == number ? constant : to[row] }
      } else {
        for row in 0..<count { to[row] = chosen[row] == number ? from[row] : to[row] }
      }
    }
    withExtendedLifetime((choice, operands)) {}
    return result
  }

  private func gather(_ choice: Buffer<Int32>, _ operands: [Operand]) -> StringStorage {
    let result = StringStorage(capacity: count)
    // A long constant lies in the heap once, whatever the number of rows that choose it.
    let constants: [StringView?] = operands.map { operand in
      guard operand.isConstant, !operand.isNullConstant else { return nil }
      let bytes = operand.strings.bytes(0)
      let view = operand.strings.views[0]
      if view.isInline { return view }
      let offset = result.heap.count
      result.heap.append(contentsOf: bytes.baseAddress!, count: bytes.count)
      return StringView(bytes: bytes.baseAddress!, count: bytes.count, offset: offset)
    }
    let sources = operands.map { ($0.column.strings, $0.column.validity) }
    for row in 0..<count {
      let number = Int(choice.base[row])
      if let constant = constants[number] {
        result.views.append(constant)
      } else if operands[number].isConstant {
        result.views.append(.empty)
      } else if let validity = sources[number].1, validity.base[row] == 0 {
        result.views.append(.empty)
      } else {
        result.append(row: row, of: sources[number].0)
      }
    }
    return result
  }
}
