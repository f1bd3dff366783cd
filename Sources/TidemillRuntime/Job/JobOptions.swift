import TidemillColumns
import TidemillEngine
import TidemillPlan

/// When a job's epochs run and when it ends.
public enum Trigger: Hashable, Sendable {
  /// As soon as there is input.
  case asap
  /// At most once in so long.
  case interval(TimeSpan)
  /// Processes what is there and ends; open windows stay in the checkpoint for the next run. Spark's `availableNow`.
  case availableNow
  /// What is there is all there is: processes it, closes every window and ends.
  case once
}

/// How a job runs. None of this is part of a query's identity: a checkpoint goes on under other options.
public struct JobOptions: Sendable {
  /// When epochs run and when the job ends.
  public var trigger: Trigger = .asap
  /// How many threads decode and aggregate.
  public var lanes = 1
  /// Bytes of state at which the job stops, its state safe; `nil`: no limit.
  public var memoryBudget: Int?
  /// How much memory the engine's pieces of work may take.
  package var limits = EngineLimits()
  /// About how much input one epoch reads.
  public var epochByteLimit = 64 << 20
  /// After how much input a snapshot is taken.
  public var snapshotByteInterval = 256 << 20
  /// After how long a snapshot is taken, if there was input.
  public var snapshotTimeInterval = TimeSpan.seconds(10)
  /// After how long without rows a partition no longer holds the watermark back; never sooner than the watermark's delay.
  public var idleTimeout: TimeSpan? = .minutes(1)
  /// How far ahead of the clock an event time may be.
  public var futureLimit: TimeSpan? = .days(1)
  /// Whether lateness is judged by Spark's rule.
  public var isSparkCompatible = false
  /// The zone of times without an offset, of date functions and of printed times.
  public var zone = SessionZone.utc

  /// The defaults, as each property states them.
  public init() {}
}
