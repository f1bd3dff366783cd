#if Server
  import Synchronization
  import Tidemill

  /// The feeds of all views, each made when it is first followed.
  final class Feeds: Sendable {
    private let job: ServedJob
    private let snapshots: Snapshots
    private let feeds = Mutex<[String: ViewFeed]>([:])

    init(_ job: ServedJob, _ snapshots: Snapshots) {
      self.job = job
      self.snapshots = snapshots
    }

    func feed(of view: MaterializedView) -> ViewFeed {
      feeds.withLock { feeds in
        if let feed = feeds[view.name] { return feed }
        let feed = ViewFeed(view, watermark: job.watermark(of: view.name)) { [snapshots] in snapshots.token(of: view) ?? "" }
        feeds[view.name] = feed
        return feed
      }
    }

    /// Tells those that have waited for `time` that nothing has happened.
    func wakeIdle(after time: Duration) {
      for feed in feeds.withLock({ Array($0.values) }) { feed.wakeIdle(after: time) }
    }

    /// Ends all of them.
    func close() {
      for feed in feeds.withLock({ Array($0.values) }) { feed.close() }
    }
  }

  extension ServedJob {
    /// That of the query that keeps a view, whenever it is asked for.
    func watermark(of view: String) -> @Sendable () -> EventTime? {
      let query = descriptions.first { $0.view == view }?.name ?? view
      return { [live] in live[query]?.last.watermark }
    }
  }
#endif
