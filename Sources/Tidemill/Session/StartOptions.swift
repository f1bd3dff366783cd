import TidemillColumns
import TidemillRuntime

/// How a job is started. Nothing here is part of a query's identity.
public struct StartOptions: Sendable {
  /// When epochs run and when the job ends.
  public var trigger: Trigger = .asap
  /// The directory that survives a crash; `nil`: the job begins anew each time.
  public var checkpoint: String?
  /// Bytes of state at which the job stops, its state safe; `nil`: 80 % of the machine's memory.
  public var memoryBudget: Int?
  /// Threads that decode and aggregate; `nil`: one per core.
  public var lanes: Int?
  /// The clock; tests set one of their own.
  public var clock: any RuntimeClock = SystemClock()
  /// Told of each epoch of each query.
  public var onProgress: (@Sendable (QueryProgress) -> Void)?
  /// Told in one line what holds the job up for the moment, such as a server that does not answer; more may follow. Called from
  /// any thread.
  public var onNotice: (@Sendable (String) -> Void)?

  /// What `start` does unless told otherwise: no checkpoint, no progress.
  public init() {}

  /// Bytes of state at which the job stops, whether given or not; `nil` where the system does not say how much memory it has.
  public var memoryLimit: Int? { memoryBudget ?? Machine.memory.map { $0 / 5 * 4 } }

  func jobOptions(_ settings: JobSettings) -> JobOptions {
    var options = JobOptions()
    options.trigger = trigger
    options.lanes = lanes ?? settings.lanes ?? Machine.cores
    options.memoryBudget = memoryLimit
    options.zone = settings.zone
    options.isSparkCompatible = settings.isSparkCompatible
    options.idleTimeout = settings.idleTimeout
    options.futureLimit = settings.futureLimit
    if let bytes = settings.epochByteLimit { options.epochByteLimit = bytes }
    if let bytes = settings.snapshotByteInterval { options.snapshotByteInterval = bytes }
    if let span = settings.snapshotTimeInterval { options.snapshotTimeInterval = span }
    return options
  }
}
