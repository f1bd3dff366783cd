import TidemillColumns

/// The rows of a batch listed by bucket, in their order within each; rows whose bucket is beyond the last one are left out.
final class RowsByBucket {
  // Owned by one collector, which one thread uses at a time.
  private let rows = Buffer<UInt32>(capacity: 1024)
  @exclusivity(unchecked) private var starts: [Int] = []
  @exclusivity(unchecked) private var counts: [Int] = []

  /// So few buckets are filled side by side.
  private static let few = 4

  /// Lists rows by bucket, however few or many buckets there are.
  ///
  /// - Complexity: O(rows + buckets).
  func list(_ bucketOfRow: UnsafePointer<UInt32>, count: Int, buckets: Int) {
    if buckets <= 2 {
      listInTwo(bucketOfRow, count)
    } else if buckets <= Self.few {
      listInFour(bucketOfRow, count)
    } else {
      let ends = sort(bucketOfRow, count: count, buckets: buckets).ends
      starts = [0] + ends.dropLast().map(Int.init)
      counts = zip(starts, ends).map { Int($1) - $0 }
    }
  }

  /// The rows of a bucket, after `list`.
  func rows(of bucket: Int) -> UnsafeBufferPointer<UInt32> {
    UnsafeBufferPointer(start: rows.base + starts[bucket], count: counts[bucket])
  }

  // Each row is written behind the rows of every bucket, and counts in its own: no row waits for the one before it, as it does
  // where a counter in memory says where it belongs.

  /// One or zero, without a branch: which bucket comes next cannot be foreseen.
  @inline(__always)
  private static func one(if bucket: UInt32, is number: UInt32) -> Int {
    Int(truncatingIfNeeded: (UInt64(bucket ^ number) &- 1) >> 63)
  }

  private func listInTwo(_ bucketOfRow: UnsafePointer<UInt32>, _ count: Int) {
    rows.reserve(2 * count)
    let (first, second) = (rows.base, rows.base + count)
    var (firsts, seconds) = (0, 0)
    for row in 0..<count {
      let (bucket, number) = (bucketOfRow[row], UInt32(truncatingIfNeeded: row))
      first[firsts] = number
      firsts &+= Self.one(if: bucket, is: 0)
      second[seconds] = number
      seconds &+= Self.one(if: bucket, is: 1)
    }
    (starts, counts) = ([0, count], [firsts, seconds])
  }

  private func listInFour(_ bucketOfRow: UnsafePointer<UInt32>, _ count: Int) {
    rows.reserve(Self.few * count)
    let (place0, place1, place2, place3) = (rows.base, rows.base + count, rows.base + 2 * count, rows.base + 3 * count)
    var (count0, count1, count2, count3) = (0, 0, 0, 0)
    for row in 0..<count {
      let (bucket, number) = (bucketOfRow[row], UInt32(truncatingIfNeeded: row))
      place0[count0] = number
      place1[count1] = number
      place2[count2] = number
      place3[count3] = number
      count0 &+= Self.one(if: bucket, is: 0)
      count1 &+= Self.one(if: bucket, is: 1)
      count2 &+= Self.one(if: bucket, is: 2)
      count3 &+= Self.one(if: bucket, is: 3)
    }
    (starts, counts) = ([0, count, 2 * count, 3 * count], [count0, count1, count2, count3])
  }

  /// Gives the rows that have a bucket, one bucket after the other, and where those of each bucket end (a counting sort). They are
  /// valid until rows are listed again.
  func sort(
    _ bucketOfRow: UnsafePointer<UInt32>, count: Int, buckets: Int
  ) -> (rows: UnsafePointer<UInt32>, ends: [Int32]) {
    rows.reserve(count)
    let sorted = rows.base
    // One more for rows without a bucket, which come last.
    var ends = [Int32](repeating: 0, count: buckets + 1)
    let last = UInt32(buckets)
    ends.withUnsafeMutableBufferPointer { buffer in
      let ends = buffer.baseAddress!
      for row in 0..<count { ends[Int(min(bucketOfRow[row], last))] &+= 1 }
      var total: Int32 = 0
      for bucket in 0...buckets {
        let size = ends[bucket]
        ends[bucket] = total
        total &+= size
      }
      for row in 0..<count {
        let bucket = Int(min(bucketOfRow[row], last))
        sorted[Int(ends[bucket])] = UInt32(truncatingIfNeeded: row)
        ends[bucket] &+= 1
      }
    }
    ends.removeLast()
    return (UnsafePointer(sorted), ends)
  }
}
