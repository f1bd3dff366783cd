import TidemillColumns
import TidemillPlan

/// How a `StreamDriver` plays a stream. None of it, apart from the zone and the compatibility, may change a result: that is
/// what running one stream under many of these proves.
public struct StreamDriverOptions: Sendable {
  /// Where rows are cut into batches.
  public enum Cutting: Hashable, Sendable {
    /// Each run of rows of one partition is a batch.
    case asWritten
    /// Each row is a batch.
    case oneRowABatch
    /// Batches of random lengths.
    case random(seed: UInt64)
  }

  /// Where rows are cut into batches.
  public var cutting: Cutting
  /// Lanes absorb batches in turn; with several, batches are prepared and absorbed out of order.
  public var lanes: Int
  /// Whether each epoch runs in a new pipeline that has been restored from a snapshot of the one before, with another number of
  /// lanes.
  public var restoresBetweenEpochs: Bool
  /// Partitions besides, which never have rows and are idle from the beginning.
  public var idlePartitions: Int
  /// How many partitions the source has from the beginning; `nil`: as many as the events name.
  public var partitions: Int?
  /// The session's zone; changes results.
  public var zone: SessionZone
  /// Whether lateness is judged by Spark's rule; changes results, and makes them depend on epochs.
  public var isSparkCompatible: Bool

  /// Whether groups are cut into shards from the first row on, as those of a stream of very many keys are.
  public var shardsKeys: Bool

  /// Other output modes that the query's results are given in as well, from the same state. What is compared is the plan's own.
  public var modesBeside: [OutputMode] = []

  /// The seed by which the changes of some epochs are held back, for the next ones to give; those of the last never are. `nil`:
  /// only those that the events say.
  public var holding: UInt64?

  /// As written, on one lane, without restarts, unless said otherwise.
  public init(
    cutting: Cutting = .asWritten, lanes: Int = 1, restoresBetweenEpochs: Bool = false, partitions: Int? = nil,
    idlePartitions: Int = 0, zone: SessionZone = .utc, isSparkCompatible: Bool = false, shardsKeys: Bool = false
  ) {
    self.cutting = cutting
    self.lanes = lanes
    self.restoresBetweenEpochs = restoresBetweenEpochs
    self.partitions = partitions
    self.idlePartitions = idlePartitions
    self.zone = zone
    self.isSparkCompatible = isSparkCompatible
    self.shardsKeys = shardsKeys
  }

  /// The ways in which a stream should be played at least: as written, a row at a time, in random cuts on two and three lanes,
  /// with a restart between all epochs, beside idle partitions, and with groups in shards.
  public static func variants(seed: UInt64) -> [StreamDriverOptions] {
    [
      StreamDriverOptions(),
      StreamDriverOptions(cutting: .oneRowABatch, lanes: 3),
      StreamDriverOptions(cutting: .random(seed: seed), lanes: 2),
      StreamDriverOptions(cutting: .asWritten, restoresBetweenEpochs: true),
      StreamDriverOptions(cutting: .random(seed: seed &+ 1), lanes: 3, restoresBetweenEpochs: true, idlePartitions: 2),
      StreamDriverOptions(cutting: .random(seed: seed &+ 2), lanes: 2, shardsKeys: true),
      StreamDriverOptions(cutting: .asWritten, lanes: 3, restoresBetweenEpochs: true, shardsKeys: true),
    ]
  }

  /// Ways in which the changes of some epochs are held back: their results come later, and the last table is the same.
  public static func holdingVariants(seed: UInt64) -> [StreamDriverOptions] {
    var held = [
      StreamDriverOptions(lanes: 2),
      StreamDriverOptions(cutting: .random(seed: seed), restoresBetweenEpochs: true),
      StreamDriverOptions(cutting: .random(seed: seed), lanes: 3, restoresBetweenEpochs: true, shardsKeys: true),
    ]
    for index in held.indices { held[index].holding = seed &+ UInt64(index) }
    return held
  }
}

extension StreamDriverOptions: CustomStringConvertible {
  public var description: String {
    let cut =
      switch cutting {
      case .asWritten: "cut as written"
      case .oneRowABatch: "one row a batch"
      case .random(let seed): "cut at random (seed \(seed))"
      }
    return "\(cut), lanes: \(lanes)\(restoresBetweenEpochs ? ", restored between epochs" : "")"
      + (modesBeside.isEmpty ? "" : ", beside \(modesBeside)") + (shardsKeys ? ", in shards" : "")
      + (holding.map { ", holding some epochs back (seed \($0))" } ?? "")
      + (idlePartitions > 0 ? ", with \(idlePartitions) idle partitions" : "")
  }
}
