import TidemillColumns
import TidemillPlan

extension RowKernels {
  /// The functions for which NULL in gives NULL out.
  func function(_ function: ScalarFunction, _ operands: [Operand], _ type: DataType) -> Column {
    switch function {
    case .lower: return lower(operands[0])
    case .upper: return upper(operands[0])
    case .length: return length(operands[0], type)
    case .trim: return trim(operands[0], left: true, right: true)
    case .ltrim: return trim(operands[0], left: true, right: false)
    case .rtrim: return trim(operands[0], left: false, right: true)
    case .substring: return substring(operands)
    case .concat: return concat(operands)
    case .replace: return replace(operands)
    case .startswith: return search(operands) { $0.hasStart($1) }
    case .endswith: return search(operands) { $0.hasEnd($1) }
    case .contains: return search(operands) { $0.firstOffset(of: $1, from: 0) != nil }
    case .splitPart: return splitPart(operands)

    case .abs: return abs(operands[0], type)
    case .floor: return whole(operands[0], .down, type)
    case .ceil: return whole(operands[0], .up, type)
    case .round: return round(operands, type)
    case .sqrt: return sqrt(operands[0])
    case .pow: return power(operands[0], operands[1])

    case .year: return datePart(operands[0], type) { Calendar.date(days: $0).year }
    case .month: return datePart(operands[0], type) { Calendar.date(days: $0).month }
    case .day: return datePart(operands[0], type) { Calendar.date(days: $0).day }
    case .dayofweek: return datePart(operands[0], type) { weekday($0 + 4) + 1 }
    case .hour: return timePart(operands[0], type) { $0 / 3_600_000_000 }
    case .minute: return timePart(operands[0], type) { $0 / 60_000_000 % 60 }
    case .second: return timePart(operands[0], type) { $0 / 1_000_000 % 60 }
    case .dateTrunc: return dateTrunc(operands[0], operands[1])
    case .toDate: return castToDate(operands[0])
    case .toTimestamp: return castToTimestamp(operands[0])
    case .unixTimestamp: return unixTime(operands[0], type, unit: 1_000_000)
    case .unixMillis: return unixTime(operands[0], type, unit: 1_000)
    case .timestampSeconds:
      return operands[0].type.isInteger ? timestamps(operands[0], unit: 1_000_000) : castToTimestamp(operands[0])
    case .timestampMillis: return timestamps(operands[0], unit: 1_000)
    case .timestampAdd: return timeArithmetic(.add, operands[0], operands[1], .timestamp)
    case .timestampDifference: return timeArithmetic(.subtract, operands[0], operands[1], type)

    case .windowStart: return windowEdge(operands[0]) { $0.start }
    case .windowEnd: return windowEdge(operands[0]) { $0.end }
    case .windowTime:
      let ends = operands[0].window.end
      return column(.timestamp, map(ends) { $0 &- 1 }, validity(operands[0]))

    case .coalesce, .nullif, .greatest, .least:
      preconditionFailure("\(function.rawValue) has its own rules for NULL and is evaluated elsewhere")
    }
  }

  private func windowEdge(
    _ operand: Operand, _ edge: ((start: OperandElements<Int64>, end: OperandElements<Int64>)) -> OperandElements<Int64>
  ) -> Column {
    // A constant window is computed on its own, for one row, so its buffers fit as they are.
    column(.timestamp, edge(operand.window).buffer, validity(operand))
  }
}
