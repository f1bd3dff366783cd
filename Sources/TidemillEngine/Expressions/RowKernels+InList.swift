import TidemillColumns
import TidemillPlan

extension RowKernels {
  /// Whether the operand equals one of the values; NULL where it does not and NULL is among them.
  func inList(_ operand: Operand, _ values: [Value]) -> Column {
    let constants = values.filter { !$0.isNull }
    let found = membership(operand, constants)
    let validity = validity(operand)
    if constants.count == values.count { return column(.boolean, found, validity) }
    // Not found among values that include NULL is not known: only the rows that were found have a result.
    return column(.boolean, found, normalised(validity.map { both($0, found) } ?? found))
  }

  private func membership(_ operand: Operand, _ constants: [Value]) -> Buffer<UInt8> {
    // A few comparisons of vectors beat one search a row.
    if constants.count > 8 {
      switch operand.column.values {
      case .int64: return integerMembership(operand.elements(), Operand.constants(constants, operand.type))
      case .string: return stringMembership(operand, Operand.constants(constants, operand.type).strings)
      default: break
      }
    }
    var found: Buffer<UInt8>?
    for constant in constants {
      let equal = UInt8.buffer(of: comparison(.equal, operand, Operand(constant: constant, operand.type)))
      found = found.map { either($0, equal) } ?? equal
    }
    return found ?? Buffer(repeating: 0, count: count)
  }

  private func integerMembership(_ input: OperandElements<Int64>, _ constants: Column) -> Buffer<UInt8> {
    let sorted = Array(UnsafeBufferPointer(start: constants.int64, count: constants.count)).sorted()
    return sorted.withUnsafeBufferPointer { sorted in
      map(input) { value in
        var low = 0
        var high = sorted.count
        while low < high {
          let middle = (low + high) / 2
          if sorted[middle] < value { low = middle + 1 } else { high = middle }
        }
        return low < sorted.count && sorted[low] == value ? 1 : 0
      }
    }
  }

  private func stringMembership(_ operand: Operand, _ constants: StringStorage) -> Buffer<UInt8> {
    let order = (0..<constants.count).sorted { constants.compare($0, to: constants, row: $1) < 0 }
    let sorted = OperandStrings(constants, isConstant: false)
    let strings = operand.strings
    defer { withExtendedLifetime((constants, strings.storage)) {} }
    let result = compute(.boolean, validity(operand)) { row -> UInt8? in
      let value = strings.bytes(row)
      var low = 0
      var high = order.count
      while low < high {
        let middle = (low + high) / 2
        if compareLexically(sorted.bytes(order[middle]), value) < 0 { low = middle + 1 } else { high = middle }
      }
      return low < order.count && compareLexically(sorted.bytes(order[low]), value) == 0 ? 1 : 0
    }
    return UInt8.buffer(of: result)
  }
}

extension Operand {
  /// A column of these values.
  static func constants(_ values: [Value], _ type: DataType) -> Column {
    let builder = ColumnBuilder(type, capacity: values.count)
    for value in values { builder.append(value) }
    return builder.finish()
  }
}
