import TidemillColumns
import TidemillConnectors
import TidemillEngine

/// How a query stands between two epochs: how far its partitions are, which windows are open and what holds them, and samples of the
/// rows that did not count.
public struct QueryInspection: Sendable {
  /// A partition of the query's stream.
  public struct Partition: Hashable, Sendable {
    /// From 0.
    public var number: Int
    /// The highest event time of its rows; `nil` before the first.
    public var highest: EventTime?
    /// Up to where event time has come in it: its rows with an older time may be late. `nil` without one.
    public var watermark: EventTime?
    /// Whether nothing has come for so long that it holds no window open.
    public var isIdle: Bool
    /// What became of its rows since the checkpoint began.
    public var ledger: RowLedger
  }

  /// A window, or a session of one key, that still takes rows.
  public struct OpenWindow: Hashable, Sendable {
    public var start: EventTime
    /// Exclusive. A session ends when its gap is over, and may still be stretched.
    public var end: EventTime
    /// How many groups it has. 1 for a session.
    public var groups: Int
    /// Whether there may be more groups: to count those of many overlapping slices would take too long.
    public var mayHaveMoreGroups: Bool
  }

  /// A row that could not be accepted.
  public struct Rejected: Hashable, Sendable {
    public var reason: RejectedRow.Reason
    /// What is wrong, for people.
    public var detail: String
    /// The file or stream.
    public var origin: String
    /// The line, from 1; `nil` where it is not known without reading much.
    public var line: Int?
    /// The row, cut at 1 KiB; bytes that are no UTF-8 are replaced.
    public var text: String
    /// The epoch that read it.
    public var epoch: Epoch
  }

  /// A row that was late for all of its windows.
  public struct Late: Sendable {
    /// The row, alone, under the columns that are read of the stream.
    public var row: Batch
    /// The row as a JSON object; empty until whoever knows how rows are written fills it in.
    public var json = ""
    /// When it happened.
    public var eventTime: EventTime
    /// Its partition's watermark when it came.
    public var watermark: EventTime
    /// The epoch that read it.
    public var epoch: Epoch
  }

  /// The query.
  public var name: String
  /// The last epoch that is in the state.
  public var epoch: Epoch
  /// By number.
  public var partitions: [Partition]
  /// Those that end first, at most 100 of them, in that order; none for a query without windows.
  public var openWindows: [OpenWindow]
  /// How many there are.
  public var openWindowCount: Int
  /// What has closed windows so far; `nil` while there is none.
  public var watermark: EventTime?
  /// By how much the watermark lies behind the highest event time; `nil` for a query without one.
  public var delay: TimeSpan?
  /// Bytes of state, the tables that are joined among them.
  public var stateBytes: Int
  /// How many bytes the queries of the job may hold together; `nil`: as many as they like.
  public var memoryBudget: Int?
  /// The partition whose watermark is the lowest of those that are not idle: until it moves no window closes. `nil` without a
  /// watermark, and while all are idle.
  public var holding: Int?
  /// The last rows of this run that could not be accepted, at most 20, the oldest first.
  public var rejected: [Rejected]
  /// The last rows of this run that were late, at most 20 in all and the first ones of an epoch, the oldest first.
  public var late: [Late]
}
