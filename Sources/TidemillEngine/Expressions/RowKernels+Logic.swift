import TidemillColumns

/// Three-valued logic on bytes: 1 = true, 0 = false, and a byte of validity beside it.
extension RowKernels {
  func not(_ operand: Operand) -> Column {
    column(.boolean, map(operand.elements(UInt8.self)) { ($0 & 1) ^ 1 }, validity(operand))
  }

  /// False if either is false, else NULL if either is NULL.
  func and(_ left: Operand, _ right: Operand) -> Column {
    let values = map(left.elements(UInt8.self), right.elements(UInt8.self)) { $0 & $1 & 1 }
    guard let validity = decided(left, right, by: 0) else { return column(.boolean, values, nil) }
    return column(.boolean, both(values, bothValid(left, right)), normalised(validity))
  }

  /// True if either is true, else NULL if either is NULL.
  func or(_ left: Operand, _ right: Operand) -> Column {
    guard let validity = decided(left, right, by: 1) else {
      return column(.boolean, map(left.elements(UInt8.self), right.elements(UInt8.self)) { $0 | $1 }, nil)
    }
    return column(.boolean, either(selection(left), selection(right)), normalised(validity))
  }

  /// Rows with a result: both operands have a value, or one has the value that decides alone. `nil` for all rows.
  private func decided(_ left: Operand, _ right: Operand, by deciding: UInt8) -> Buffer<UInt8>? {
    if !mayBeNull(left), !mayBeNull(right) { return nil }
    return either(bothValid(left, right), either(holds(left, deciding), holds(right, deciding)))
  }

  private func mayBeNull(_ operand: Operand) -> Bool { operand.column.validity != nil }

  private func bothValid(_ left: Operand, _ right: Operand) -> Buffer<UInt8> { both(valid(left), valid(right)) }

  /// One byte a row: whether there is a value.
  private func valid(_ operand: Operand) -> Buffer<UInt8> {
    guard let validity = operand.column.validity else { return Buffer(repeating: 1, count: count) }
    return operand.isConstant ? Buffer(repeating: validity.base[0], count: count) : validity
  }

  /// One byte a row: whether there is a value and it is `value`.
  private func holds(_ operand: Operand, _ value: UInt8) -> Buffer<UInt8> {
    map(operand.elements(UInt8.self), OperandElements(buffer: valid(operand), isConstant: false)) {
      (($0 & 1) ^ value ^ 1) & $1
    }
  }

  /// One byte a row: whether it is true, neither false nor NULL.
  func selection(_ operand: Operand) -> Buffer<UInt8> {
    if operand.isConstant {
      return Buffer(repeating: operand.isNullConstant ? 0 : operand.column.booleans[0], count: count)
    }
    let values = UInt8.buffer(of: operand.column)
    return operand.column.validity.map { both(values, $0) } ?? values
  }

  /// Byte by byte OR.
  func either(_ left: Buffer<UInt8>, _ right: Buffer<UInt8>) -> Buffer<UInt8> {
    map(OperandElements(buffer: left, isConstant: false), OperandElements(buffer: right, isConstant: false)) { $0 | $1 }
  }

  func isNull(_ operand: Operand) -> Column {
    guard let validity = operand.column.validity else {
      return column(.boolean, Buffer<UInt8>(repeating: 0, count: count), nil)
    }
    return column(
      .boolean, map(OperandElements(buffer: validity, isConstant: operand.isConstant)) { ($0 & 1) ^ 1 }, nil)
  }

  func like(_ operand: Operand, _ pattern: LikePattern) -> Column {
    let strings = operand.strings
    defer { withExtendedLifetime(strings.storage) {} }
    return compute(.boolean, validity(operand)) { row -> UInt8? in pattern.matches(strings.bytes(row)) ? 1 : 0 }
  }
}
