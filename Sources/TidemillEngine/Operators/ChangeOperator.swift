import TidemillColumns

/// A step behind the lanes: takes the changes that the step before made in an epoch and makes its own.
///
/// # Contract
/// - `process` is called once per epoch, also without changes, with the moment of its end.
/// - In update mode the changes of all epochs, folded, equal what the step would compute from its folded input, apart from rows
///   of closed windows, which are no longer touched.
protocol ChangeOperator: AnyObject {
  func process(_ changes: Batch, _ moment: Moment) throws -> Batch

  /// The highest window end that this operator closed because the input ended; `Int64.min` if none.
  var closedThrough: Int64 { get }

  var metrics: OperatorMetrics { get }

  func write(to writer: inout ByteWriter)
  func read(from reader: inout ByteReader) throws
}

extension ChangeOperator {
  var closedThrough: Int64 { .min }
  var metrics: OperatorMetrics { OperatorMetrics() }
  func write(to writer: inout ByteWriter) {}
  func read(from reader: inout ByteReader) throws {}
}

/// What an operator holds and did in the last epoch.
public struct OperatorMetrics: Sendable {
  /// Which step of the query it is, for people.
  public var name = ""
  /// Groups, sessions or rows held.
  public var rowsTotal = 0
  /// Groups, sessions or rows that the last epoch added or changed.
  public var rowsUpdated = 0
  /// Groups, sessions or rows that the last epoch let go of.
  public var rowsRemoved = 0
  /// About how many bytes the state takes.
  public var memoryUsed = 0
  /// Windows that are open; 0 for an operator without windows.
  public var openWindows = 0
  /// The earliest end of a window that is open.
  public var nextClose: EventTime?

  /// The metrics of an operator that holds nothing.
  public init() {}
}
