#if SQLite
  import TidemillColumns

  /// Which rows of a view are old enough to go: those whose window was closed so long ago, by the watermark. No clock is asked, so
  /// that a replay gives the same.
  struct ViewRetention: Sendable {
    /// The ordinal of the window; `nil`: rows stay for ever.
    let window: Int?
    let span: TimeSpan

    /// Rows whose window ends then, or sooner, go.
    func cutoff(_ watermark: EventTime?) -> EventTime? { window == nil ? nil : watermark.map { $0 - span } }

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
