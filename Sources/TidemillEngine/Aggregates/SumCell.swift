import TidemillColumns

/// A sum and how many values are in it; together, so that a row touches one cache line.
struct SumCell<Sum: BitwiseCopyable>: BitwiseCopyable {
  var sum: Sum
  var count: Int64
}

// The classes of sums are not generic, and these helpers are inlined into them: a generic method that is called by way of a class
// would look up each addition at run time.
extension Buffer {
  /// One result a group, NULL where no value counted or `compute` gives `nil`.
  @inline(__always)
  func results<Sum, Result: BitwiseCopyable>(
    of groups: UnsafePointer<GroupIndex>, count: Int, filler: Result,
    _ compute: (_ cell: SumCell<Sum>, _ group: Int) throws -> Result?
  ) rethrows -> (values: Buffer<Result>, validity: Buffer<UInt8>?) where Element == SumCell<Sum> {
    let values = Buffer<Result>(capacity: count)
    values.count = count
    let (target, cells) = (values.base, base)
    var validity: Buffer<UInt8>?
    for index in 0..<count {
      let group = Int(groups[index])
      let cell = cells[group]
      if cell.count != 0, let result = try compute(cell, group) {
        target[index] = result
      } else {
        target[index] = filler
        if validity == nil { validity = Buffer<UInt8>(repeating: 1, count: count) }
        validity!.base[index] = 0
      }
    }
    return (values, validity)
  }

  /// How many values counted in each group; with `skipped`, how many rows there were.
  @inline(__always)
  func counts<Sum>(
    of groups: UnsafePointer<GroupIndex>, count: Int, plus skipped: SkippedRows?
  ) -> Buffer<Int64> where Element == SumCell<Sum> {
    let values = Buffer<Int64>(capacity: count)
    values.count = count
    let (target, cells) = (values.base, base)
    for index in 0..<count { target[index] = cells[Int(groups[index])].count }
    if let skipped, skipped.bytes > 0 {
      for index in 0..<count { target[index] &+= skipped[Int(groups[index])] }
    }
    return values
  }
}
