import TidemillColumns
import TidemillPlan

/// What became of the rows of a batch in an aggregation.
struct CollectOutcome {
  /// Positions, in the batch, of rows late for all of their windows.
  var late: [Int] = []
  /// Rows without a window, since their time is NULL, or so far from the calendar that no window could be computed.
  var withoutTime = 0
}

/// Gathers rows into panes by their windows. Each lane has one, and each chained aggregation.
final class PaneCollector {
  private let shape: AggregationShape
  private let evaluator: ExpressionEvaluator
  private let windows: FixedWindows?
  private let keys: KeyBatch
  private let paneOfRow = Buffer<UInt32>(capacity: 1024)
  private let sortedRows = Buffer<UInt32>(capacity: 1024)
  private let groupScratch = Buffer<GroupIndex>(capacity: 1024)
  /// What was gathered since it was last taken.
  private(set) var gathered: PaneSet

  init(_ shape: AggregationShape, _ evaluator: ExpressionEvaluator) {
    self.shape = shape
    self.evaluator = evaluator
    if case .fixed(let size, let slide, let start) = shape.aggregation.window?.kind {
      windows = FixedWindows(
        size: size.microseconds, slide: slide.microseconds, start: start.microseconds)
    } else {
      windows = nil
    }
    keys = KeyBatch(width: shape.keyTypes.count)
    gathered = PaneSet(shape)
  }

  /// Gives away what was gathered.
  func take() -> PaneSet {
    defer { gathered = PaneSet(shape) }
    return gathered
  }

  /// Gathers the rows of a batch.
  ///
  /// - Parameter watermarks: for each row its partition's watermark before it; `nil` when nothing can be late.
  /// - Complexity: O(rows), however many windows a row belongs to.
  func collect(
    _ columns: [Column], count: Int, weights: Buffer<Int8>?, watermarks: UnsafePointer<Int64>?
  ) -> CollectOutcome {
    var outcome = CollectOutcome()
    guard count > 0 else { return outcome }
    let input = AggregationInput(
      shape, evaluator, columns: columns, count: count, weights: weights, keys: keys)
    groupScratch.reserve(count)
    guard let assignment = shape.aggregation.window else {
      let pane = gathered.pane(of: .always)
      pane.add(input, rows: nil, count: count, scratch: groupScratch.base)
      return outcome
    }
    let time = evaluator.evaluate(assignment.time, columns, count: count)
    paneOfRow.count = 0
    paneOfRow.reserve(count)
    if let windows {
      assign(time, windows, count: count, watermarks: watermarks, &outcome)
    } else {
      assignExisting(time, count: count, watermarks: watermarks, &outcome)
    }
    distribute(input, count: count)
    return outcome
  }

  private static let none = UInt32.max

  private func assign(
    _ time: Column, _ windows: FixedWindows, count: Int, watermarks: UnsafePointer<Int64>?,
    _ outcome: inout CollectOutcome
  ) {
    let times = time.int64
    let valid = time.validity?.base
    let result = paneOfRow.base
    // Event time is nearly sorted: most rows lie in the slice of the row before.
    var sliceStart: Int64 = 0
    var sliceEnd: Int64 = 0
    var firstEnd: Int64 = 0
    var lastEnd: Int64 = 0
    var pane = Self.none
    for row in 0..<count {
      if let valid, valid[row] == 0 {
        result[row] = Self.none
        outcome.withoutTime += 1
        continue
      }
      let time = times[row]
      if time < sliceStart || time >= sliceEnd {
        guard EventTime.supported.contains(EventTime(microseconds: time)) else {
          result[row] = Self.none
          outcome.withoutTime += 1
          continue
        }
        sliceStart = windows.sliceStart(of: time)
        sliceEnd = sliceStart &+ windows.slice
        firstEnd = windows.firstEnd(ofSlice: sliceStart)
        lastEnd = windows.lastEnd(ofSlice: sliceStart)
        pane = Self.none
      }
      if let watermarks, watermarks[row] >= firstEnd {
        if watermarks[row] >= lastEnd {
          result[row] = Self.none
          outcome.late.append(row)
          continue
        }
        let end = windows.nextEnd(after: watermarks[row], from: firstEnd)
        result[row] = UInt32(gathered.index(of: PaneKey(start: sliceStart, firstEnd: end)))
        continue
      }
      if pane == Self.none { pane = UInt32(gathered.index(of: PaneKey(start: sliceStart, firstEnd: firstEnd))) }
      result[row] = pane
    }
    paneOfRow.count = count
  }

  private func assignExisting(
    _ window: Column, count: Int, watermarks: UnsafePointer<Int64>?, _ outcome: inout CollectOutcome
  ) {
    guard case .window(let starts, let ends) = window.values else {
      preconditionFailure("the resolver gives a window column to an aggregation over windows")
    }
    let result = paneOfRow.base
    for row in 0..<count {
      if window.isNull(row) {
        result[row] = Self.none
        outcome.withoutTime += 1
      } else if let watermarks, watermarks[row] >= ends.base[row] {
        result[row] = Self.none
        outcome.late.append(row)
      } else {
        result[row] = UInt32(gathered.index(of: PaneKey(start: starts.base[row], firstEnd: ends.base[row])))
      }
    }
    paneOfRow.count = count
  }

  /// Sorts rows by pane (a counting sort) and brings each run to its pane.
  private func distribute(_ input: AggregationInput, count: Int) {
    let paneOf = paneOfRow.base
    let first = paneOf[0]
    var isUniform = first != Self.none
    for row in 1..<max(count, 1) where paneOf[row] != first {
      isUniform = false
      break
    }
    if isUniform {
      gathered.panes[Int(first)].add(input, rows: nil, count: count, scratch: groupScratch.base)
      return
    }
    var ends = [Int](repeating: 0, count: gathered.panes.count)
    for row in 0..<count where paneOf[row] != Self.none { ends[Int(paneOf[row])] += 1 }
    var total = 0
    for pane in ends.indices {
      let size = ends[pane]
      ends[pane] = total
      total += size
    }
    sortedRows.reserve(total)
    let sorted = sortedRows.base
    ends.withUnsafeMutableBufferPointer { ends in
      for row in 0..<count where paneOf[row] != Self.none {
        let pane = Int(paneOf[row])
        sorted[ends[pane]] = UInt32(truncatingIfNeeded: row)
        ends[pane] += 1
      }
    }
    var start = 0
    for (pane, end) in ends.enumerated() where end > start {
      gathered.panes[pane].add(input, rows: sorted + start, count: end - start, scratch: groupScratch.base)
      start = end
    }
  }
}
