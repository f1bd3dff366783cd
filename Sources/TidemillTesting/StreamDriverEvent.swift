import TidemillColumns

/// What happens to a query that a `StreamDriver` runs, in order.
public enum StreamEvent: Sendable {
  /// Rows of a partition, under the stream's own schema, in source order.
  case rows(Batch, partition: Int = 0)
  /// A recorded decision that a partition has been idle for so long; it holds until the partition's next row.
  case idle(partition: Int, for: TimeSpan)
  /// The same decision for all partitions.
  case allIdle(for: TimeSpan)
  /// Ends the epoch: the watermark moves and closed windows give their results.
  case endOfEpoch
  /// Ends an epoch that holds the changes of the result back, as those between two times of `every '…'` do.
  case endOfHeldEpoch
  /// Ends the epoch and the input, as `--once` does: every window closes. More may follow, as in a later run.
  case endOfInput
}

extension StreamEvent {
  /// A single row.
  public static func row(_ values: [Value], schema: Schema, partition: Int = 0) -> StreamEvent {
    .rows(Batch(schema: schema, rows: [values]), partition: partition)
  }

  var endsEpoch: Bool {
    switch self {
    case .endOfEpoch, .endOfHeldEpoch, .endOfInput: true
    case .rows, .idle, .allIdle: false
    }
  }

  var partition: Int? {
    switch self {
    case .rows(_, let partition), .idle(let partition, _): partition
    case .allIdle, .endOfEpoch, .endOfHeldEpoch, .endOfInput: nil
    }
  }
}
