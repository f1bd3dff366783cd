#if SQLite
  import TidemillColumns

  /// Which rows of a view are old enough to go: those whose window ended so long before the latest one. No clock is asked, so
  /// that a replay gives the same.
  struct ViewRetention: Sendable {
    /// The ordinal of the window; `nil`: rows stay for ever.
    let window: Int?
    let span: TimeSpan

    /// The end of the latest window that there is, or ever was, once the batch is in.
    func latest(_ before: EventTime?, with batch: Batch) -> EventTime? {
      guard let window, case .window(_, let ends) = batch.columns[window].values else { return before }
      let column = batch.columns[window]
      let ends64 = ends.base
      var latest = before?.microseconds ?? .min
      var isKnown = before != nil
      for row in 0..<batch.count where !column.isNull(row) && batch.weight(row) > 0 {
        latest = max(latest, ends64[row])
        isKnown = true
      }
      return isKnown ? EventTime(microseconds: latest) : nil
    }

    /// Rows whose window ends then, or sooner, go.
    func cutoff(_ latest: EventTime?) -> EventTime? { window == nil ? nil : latest.map { $0 - span } }

    /// The changes without those of rows that are too old to be in the view at all.
    func kept(_ batch: Batch, _ cutoff: EventTime?) -> Batch {
      guard let window, let cutoff, case .window(_, let ends) = batch.columns[window].values else { return batch }
      let column = batch.columns[window]
      let ends64 = ends.base
      func isOld(_ row: Int) -> Bool { !column.isNull(row) && ends64[row] <= cutoff.microseconds }
      guard (0..<batch.count).contains(where: isOld) else { return batch }
      return batch.selecting((0..<batch.count).filter { !isOld($0) })
    }
  }
#endif
