import TidemillColumns
import TidemillPlan

/// `dropDuplicates`: lets the first row of each key pass and remembers the key while a repeat could still be in time.
///
/// Judged row by row in source order: a row is a duplicate when its key was kept at an event time that is not behind the row's own
/// watermark. So it does not matter when forgotten keys are swept out.
final class Deduplicator {
  private let ordinals: [Int]
  private let types: [DataType]
  private var table: GroupTable
  /// For each key the event time of the row that was kept.
  private let times = Buffer<Int64>(capacity: 16)
  private let keys: KeyBatch
  private var sizeAfterSweep = 0

  init(_ ordinals: [Int], schema: Schema) {
    self.ordinals = ordinals
    types = ordinals.map { schema[$0].type }
    table = GroupTable(keyTypes: types)
    keys = KeyBatch(width: ordinals.count)
  }

  struct Outcome {
    var kept: [Int] = []
    var late: [Int] = []
    var duplicates = 0
  }

  /// Judges the rows of a batch.
  ///
  /// - Parameters:
  ///   - times: the event time of each row; `nil` without a watermark, and then every key is remembered for ever.
  ///   - watermarks: for each row its partition's watermark before it.
  func judge(_ batch: Batch, times eventTimes: UnsafePointer<Int64>?, watermarks: UnsafePointer<Int64>?) -> Outcome {
    var outcome = Outcome()
    keys.load(ordinals.map { batch.columns[$0] }, count: batch.count)
    let scratch = Buffer<GroupIndex>(capacity: 1)
    for row in 0..<batch.count {
      let watermark = watermarks.map { $0[row] } ?? .min
      let time = eventTimes.map { $0[row] } ?? .max
      var position = UInt32(truncatingIfNeeded: row)
      table.find(keys, rows: &position, count: 1, into: scratch.base)
      let known = scratch.base[0] == GroupTable.absent ? nil : Int(scratch.base[0])
      if let known, times.base[known] >= watermark {
        outcome.duplicates += 1
      } else if time < watermark {
        // Its key may have been forgotten, so that nobody can tell whether it is a duplicate.
        outcome.late.append(row)
      } else {
        if let known {
          times.base[known] = time
        } else {
          table.assign(keys, rows: &position, count: 1, into: scratch.base)
          times.append(time)
        }
        outcome.kept.append(row)
      }
    }
    return outcome
  }

  /// Forgets keys behind the global watermark, once that is worth a pass over all of them.
  func sweep(watermark: Int64) {
    guard table.count > 2 * sizeAfterSweep + 1024, watermark != .min else { return }
    let old = times.elements
    let (fresh, indices) = table.compacted(types: types) { old[$0] >= watermark }
    table = fresh
    times.count = 0
    for (key, index) in indices.enumerated() where index != GroupTable.absent { times.append(old[key]) }
    sizeAfterSweep = table.count
  }

  var metrics: OperatorMetrics {
    var metrics = OperatorMetrics()
    metrics.name = "deduplicate"
    metrics.rowsTotal = table.count
    metrics.memoryUsed = table.memoryUsed + times.bytes
    return metrics
  }

  func write(to writer: inout ByteWriter) {
    table.write(to: &writer)
    writer.write(times)
  }

  func read(from reader: inout ByteReader) throws {
    table = try GroupTable(keyTypes: types, reading: &reader)
    try times.restore(&reader, count: table.count)
    sizeAfterSweep = table.count
  }
}
