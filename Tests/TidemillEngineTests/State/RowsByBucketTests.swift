import TidemillColumns
import Testing

@testable import TidemillEngine

/// Rows are listed side by side for few buckets and sorted for many: both ways must give the same.
@Suite struct RowsByBucketTests {
  @Test(arguments: 1...9) func rowsOfABucketComeInTheirOrder(buckets: Int) {
    var numbers = SeededNumbers(state: UInt64(buckets))
    let rows = RowsByBucket()
    for count in [0, 1, 5, 1000, 3000, 70] {
      let bucketOfRow = Buffer(
        (0..<count).map { _ in
          // Some rows are in no bucket; and one bucket takes nearly all at times.
          let number = Int.random(in: -1..<(count == 70 ? 1 : buckets), using: &numbers)
          return number < 0 ? PaneAssignment.none : UInt32(number)
        })
      rows.list(bucketOfRow.base, count: count, buckets: buckets)
      let listed = (0..<buckets).map { Array(rows.rows(of: $0)) }
      let expected = (0..<buckets).map { bucket in
        bucketOfRow.elements.indices.filter { bucketOfRow.elements[$0] == UInt32(bucket) }.map(UInt32.init)
      }
      #expect(listed == expected)
      let (sorted, ends) = rows.sort(bucketOfRow.base, count: count, buckets: buckets)
      let all = expected.flatMap { $0 }
      #expect(Array(UnsafeBufferPointer(start: sorted, count: all.count)) == all)
      #expect(ends.last.map(Int.init) == all.count)
    }
  }
}
