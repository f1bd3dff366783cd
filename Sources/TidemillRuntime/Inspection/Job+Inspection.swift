import TidemillColumns
import TidemillConnectors
import TidemillEngine

extension Job {
  /// How a query stands after the last epoch that is in the state; `nil` if the job has no query of that name.
  ///
  /// - Complexity: O(open windows), and for sliding windows up to a few million visits of groups. Nothing is prepared for it while
  ///   nobody asks, but for at most 20 samples an epoch.
  public func inspect(_ query: String) -> QueryInspection? {
    // The job's own functions change the state without a pause in between, so that it is whole whenever this runs.
    for stream in streams {
      guard let running = stream.queries.first(where: { $0.definition.name == query }) else { continue }
      return inspection(of: running, stream)
    }
    return nil
  }

  private func inspection(of query: RunningQuery, _ stream: RunningStream) -> QueryInspection {
    let plan = query.definition.plan
    // After a failure the state is part of the way.
    let windows =
      failure == nil
      ? query.pipeline.openWindows(limit: 100, groupVisits: 4_000_000, watermark: query.times.watermark) : OpenWindows()
    let count = max(query.times.partitions.count, (query.totals.keys.max() ?? -1) + 1)
    let partitions = (0..<count).map { number in
      let time = number < query.times.partitions.count ? query.times.partitions[number] : PipelineTimes.Partition()
      return QueryInspection.Partition(
        number: number, highest: time.highest, watermark: time.watermark, isIdle: time.isIdle,
        ledger: query.totals[number] ?? RowLedger())
    }
    var holding: Int?
    if plan.delay != nil {
      // One without rows has no watermark, and is the lowest.
      holding = partitions.filter { !$0.isIdle }.min { ($0.watermark ?? .distantPast) < ($1.watermark ?? .distantPast) }?.number
    }
    return QueryInspection(
      name: query.definition.name, epoch: epoch, partitions: partitions,
      openWindows: windows.first.map {
        QueryInspection.OpenWindow(start: $0.start, end: $0.end, groups: $0.groups, mayHaveMoreGroups: $0.mayHaveMoreGroups)
      },
      openWindowCount: windows.count, watermark: query.times.watermark, delay: plan.delay,
      stateBytes: query.stateBytes + progressOfTables(of: plan).reduce(0) { $0 + $1.memoryUsed },
      memoryBudget: options.memoryBudget, holding: holding,
      rejected: stream.rejectedSamples.rows.map { row, epoch in
        QueryInspection.Rejected(
          reason: row.reason, detail: row.detail, origin: row.origin, line: line(of: row, stream),
          text: String(decoding: row.text, as: UTF8.self), epoch: epoch)
      },
      late: query.samples.rows.map { row, epoch in
        QueryInspection.Late(row: row.row, eventTime: row.eventTime, watermark: row.watermark, epoch: epoch)
      })
  }

  /// Near the beginning of a file only: the lines before the row must be counted.
  private func line(of row: RejectedRow, _ stream: RunningStream) -> Int? {
    row.offset <= 1 << 20 ? stream.input.source.line(of: row.origin, offset: row.offset) : nil
  }
}
