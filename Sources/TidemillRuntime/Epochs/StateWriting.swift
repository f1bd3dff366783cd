import Synchronization
import TidemillColumns
import TidemillEngine
import TidemillStorage

/// The state after an epoch on its way into a snapshot, in parts, so that it is never in memory as bytes.
struct StateWriting: Sendable {
  struct Query: Sendable {
    let section: String
    /// Taken when the epoch ended; the rest is read while it is written.
    let head: [UInt8]
    let pipeline: QueryPipeline
  }

  let file: any SnapshotWriting
  private let job: [UInt8]
  private let tables: [UInt8]
  private let queries: [Query]

  private static let partSize = 1 << 20

  /// - Parameter tables: which copies of tables are in use; empty for a job without any.
  init(_ file: any SnapshotWriting, job: [UInt8], tables: [UInt8], queries: [Query]) {
    self.file = file
    self.tables = tables
    self.job = job
    self.queries = queries
  }

  /// Writes everything but the end. No epoch may change the state before this returns.
  ///
  /// - Throws: what the disk refused first.
  func write() throws {
    try file.write(job, to: "job")
    if !tables.isEmpty { try file.write(tables, to: "tables") }
    for query in queries {
      try file.write(query.head, to: query.section)
      let failure = Failure()
      var writer = ByteWriter(givingEvery: Self.partSize) { [file] part in
        failure.first { try file.write(part, to: query.section) }
      }
      query.pipeline.writeState(to: &writer)
      writer.flush()
      try failure.check()
    }
  }

  /// Remembers the first error of several steps and leaves out those behind it.
  private final class Failure: Sendable {
    private let error = Mutex<(any Error)?>(nil)

    func first(_ step: () throws -> Void) {
      error.withLock { error in
        if error != nil { return }
        do { try step() } catch let problem { error = problem }
      }
    }

    func check() throws { if let error = error.withLock({ $0 }) { throw error } }
  }
}
