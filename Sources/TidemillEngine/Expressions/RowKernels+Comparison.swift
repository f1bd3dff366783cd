import TidemillColumns
import TidemillPlan

extension RowKernels {
  /// Operands of one type. NaN equals NaN and is greater than every number; -0.0 equals 0.0; strings go by their bytes; windows
  /// by start, then end; false is less than true.
  func comparison(_ symbol: ComparisonOperator, _ left: Operand, _ right: Operand) -> Column {
    column(.boolean, compared(symbol, left, right), validity(left, right))
  }

  private func compared(_ symbol: ComparisonOperator, _ left: Operand, _ right: Operand) -> Buffer<UInt8> {
    precondition(left.scale == right.scale, "\(left.type) and \(right.type) are compared at different scales")
    switch left.column.values {
    case .bytes: return ordered(symbol, left.elements(UInt8.self), right.elements(UInt8.self))
    case .int64: return ordered(symbol, left.elements(Int64.self), right.elements(Int64.self))
    case .int128: return ordered(symbol, left.elements(Int128.self), right.elements(Int128.self))
    case .float64: return doubles(symbol, left.elements(), right.elements())
    case .string: return strings(symbol, left.strings, right.strings, validity(left, right))
    case .window: return windows(symbol, left, right)
    }
  }

  @inline(__always)
  private func ordered<Element: Comparable>(
    _ symbol: ComparisonOperator, _ left: OperandElements<Element>, _ right: OperandElements<Element>
  ) -> Buffer<UInt8> {
    switch symbol {
    case .equal: map(left, right) { $0 == $1 ? 1 : 0 }
    case .notEqual: map(left, right) { $0 != $1 ? 1 : 0 }
    case .less: map(left, right) { $0 < $1 ? 1 : 0 }
    case .lessOrEqual: map(left, right) { $0 <= $1 ? 1 : 0 }
    case .greater: map(left, right) { $0 > $1 ? 1 : 0 }
    case .greaterOrEqual: map(left, right) { $0 >= $1 ? 1 : 0 }
    }
  }

  private func doubles(
    _ symbol: ComparisonOperator, _ left: OperandElements<Double>, _ right: OperandElements<Double>
  ) -> Buffer<UInt8> {
    switch symbol {
    case .equal: map(left, right) { equal($0, $1) }
    case .notEqual: map(left, right) { equal($0, $1) ^ 1 }
    case .less: map(left, right) { less($0, $1) }
    case .lessOrEqual: map(left, right) { less($1, $0) ^ 1 }
    case .greater: map(left, right) { less($1, $0) }
    case .greaterOrEqual: map(left, right) { less($0, $1) ^ 1 }
    }
  }

  // Without branches, so that the loops above stay vectors.
  @inline(__always)
  private func equal(_ left: Double, _ right: Double) -> UInt8 {
    (left == right ? 1 : 0) | ((left != left ? 1 : 0) & (right != right ? 1 : 0))
  }

  @inline(__always)
  private func less(_ left: Double, _ right: Double) -> UInt8 {
    (left < right ? 1 : 0) | ((left == left ? 1 : 0) & (right != right ? 1 : 0))
  }

  private func strings(
    _ symbol: ComparisonOperator, _ left: OperandStrings, _ right: OperandStrings, _ validity: Buffer<UInt8>?
  ) -> Buffer<UInt8> {
    defer { withExtendedLifetime((left.storage, right.storage)) {} }
    switch symbol {
    case .equal: return equalStrings(left, right, validity, flip: 0)
    case .notEqual: return equalStrings(left, right, validity, flip: 1)
    case .less: return rows(validity) { order(left, right, $0) < 0 }
    case .lessOrEqual: return rows(validity) { order(left, right, $0) <= 0 }
    case .greater: return rows(validity) { order(left, right, $0) > 0 }
    case .greaterOrEqual: return rows(validity) { order(left, right, $0) >= 0 }
    }
  }

  private func equalStrings(
    _ left: OperandStrings, _ right: OperandStrings, _ validity: Buffer<UInt8>?, flip: UInt8
  ) -> Buffer<UInt8> {
    if left.isConstant, !right.isConstant { return equalStrings(right, left, validity, flip: flip) }
    if right.isConstant, right.views[0].isInline {
      let constant = right.views[0]
      return map(OperandElements(buffer: left.storage.views, isConstant: left.isConstant)) {
        (($0.head ^ constant.head) | ($0.tail ^ constant.tail) == 0 ? 1 : 0) ^ flip
      }
    }
    return rows(validity) { row in
      let one = left.view(row)
      let two = right.view(row)
      if one.head != two.head { return flip != 0 }
      let equal =
        one.isInline ? one.tail == two.tail : compareLexically(left.bytes(row), right.bytes(row)) == 0
      return equal == (flip == 0)
    }
  }

  /// Negative, zero or positive. The first four bytes mostly decide, and they lie in the view.
  @inline(__always)
  private func order(_ left: OperandStrings, _ right: OperandStrings, _ row: Int) -> Int {
    let one = UInt32(truncatingIfNeeded: left.view(row).head >> 32).bigEndian
    let two = UInt32(truncatingIfNeeded: right.view(row).head >> 32).bigEndian
    if one != two { return one < two ? -1 : 1 }
    return compareLexically(left.bytes(row), right.bytes(row))
  }

  private func windows(_ symbol: ComparisonOperator, _ left: Operand, _ right: Operand) -> Buffer<UInt8> {
    let one = left.window
    let two = right.window
    let order = Buffer<Int64>(capacity: count)
    order.count = count
    for row in 0..<count {
      let oneRow = left.isConstant ? 0 : row
      let twoRow = right.isConstant ? 0 : row
      let mine = (one.start.buffer.base[oneRow], one.end.buffer.base[oneRow])
      let theirs = (two.start.buffer.base[twoRow], two.end.buffer.base[twoRow])
      order.base[row] = mine < theirs ? -1 : (mine == theirs ? 0 : 1)
    }
    return ordered(
      symbol, OperandElements(buffer: order, isConstant: false),
      OperandElements(buffer: Buffer<Int64>([0]), isConstant: true))
  }

  /// Skips NULLs: the view under one may point anywhere.
  @inline(__always)
  private func rows(_ validity: Buffer<UInt8>?, _ body: (Int) -> Bool) -> Buffer<UInt8> {
    let result = Buffer<UInt8>(capacity: count)
    result.count = count
    let to = result.base
    if let validity {
      for row in 0..<count { to[row] = validity.base[row] != 0 && body(row) ? 1 : 0 }
    } else {
      for row in 0..<count { to[row] = body(row) ? 1 : 0 }
    }
    return result
  }
}
