#if Lake
  import TidemillColumns
  import TidemillConnectors
  import TidemillPlan

  /// What is known of a column's values in some rows, without reading them.
  package struct ColumnFacts: Sendable {
    /// No value but NULL is outside of it; `nil` when nothing is known, or there is no value but NULL.
    package var range: ColumnCondition.ClosedValues?
    /// Whether the greatest value of `range` is one that a row has.
    package var isExact = true
    package var mayBeNull = true
    package var mayBeValue = true

    /// Of which nothing is known.
    package init() {}

    /// Of one that has the same value in all rows.
    package init(constant value: Value) {
      mayBeNull = value.isNull
      mayBeValue = !value.isNull
      if mayBeValue { range = ColumnCondition.ClosedValues(value, value) }
    }
  }

  extension ReadRequest {
    /// Rows that no query looks at, as skipped ones; `nil` when they have to be read: when some query may want one, or when one may
    /// have to be rejected for its event time, or nobody knows how far they move the watermark.
    ///
    /// - Parameters:
    ///   - count: how many rows there are.
    ///   - facts: what is known of the column of an ordinal; `nil` when nothing is.
    package func skipped<Failure: Error>(
      count: Int, latest: EventTime, facts: (Int) throws(Failure) -> ColumnFacts?
    ) throws(Failure) -> SkippedRows? {
      if conditions.isEmpty { return nil }
      for ofQuery in conditions {
        var mayPass = true
        for condition in ofQuery where mayPass {
          guard let ordinal = schema.fields.firstIndex(where: { $0.name == condition.column }),
            let facts = try facts(ordinal)
          else { continue }
          mayPass = condition.mayHold(in: facts.range, mayBeNull: facts.mayBeNull, mayBeValue: facts.mayBeValue)
        }
        if mayPass { return nil }
      }
      guard let eventTime else { return SkippedRows(count: count, highest: nil) }
      guard let times = try facts(eventTime), !times.mayBeNull, times.isExact,
        case .timestamp(let first)? = times.range?.least, case .timestamp(let last)? = times.range?.greatest,
        EventTime.supported.contains(first), last <= latest, EventTime.supported.contains(last)
      else { return nil }
      return SkippedRows(count: count, highest: last)
    }
  }
#endif
