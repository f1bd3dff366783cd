import TidemillColumns
import TidemillPlan

extension TopN {
  /// The best rows of each partition, partitions in order of their first rows.
  func best(of rows: [[Value]]) -> [[Value]] {
    var order: [RowKey] = []
    var partitions: [RowKey: [[Value]]] = [:]
    for row in rows {
      let key = RowKey(partition.map { row[$0] })
      if partitions[key] == nil { order.append(key) }
      partitions[key, default: []].append(row)
    }
    return order.flatMap { key in
      partitions[key]!.sorted(by: isBefore).prefix(limit).enumerated().map { index, row in
        rankName == nil ? row : row + [.integer(Int64(index + 1))]
      }
    }
  }

  private func isBefore(_ left: [Value], _ right: [Value]) -> Bool {
    for key in order {
      var result: Int
      let (first, second) = (left[key.ordinal], right[key.ordinal])
      if first.isNull || second.isNull {
        result = compare(first, second, nullsFirst: key.nullsFirst)
      } else {
        result = compare(first, second)
        if !key.ascending { result = -result }
      }
      if result != 0 { return result < 0 }
    }
    return false
  }
}
