import DeltaLog
import TidemillColumns

/// How a sink treats its Delta table.
public struct DeltaSinkOptions: Hashable, Sendable {
  /// By which columns the table is partitioned; a window stands for the day of its start. `nil`: by that day, if the result has
  /// a window; empty: not at all. Option `partitionBy`, names separated by commas.
  public var partitionBy: [String]?
  /// How large files shall become, in bytes; `nil`: as the table's property `delta.targetFileSize` says, or else 8 MiB in update
  /// mode and 128 MiB in the others. Option `targetFileSize`.
  public var targetFileSize: Int?
  /// Removes what another job left, instead of refusing to add to it. Option `overwrite`.
  public var overwrites: Bool
  /// Writes beside other queries of Tidemill. Option `shared`.
  public var isShared: Bool
  /// Brings small files together. Option `compact`.
  public var compacts: Bool
  /// In update mode: how much memory may hold rows of files that change often, in bytes. Option `cache`.
  public var cacheBytes: Int
  /// How long to wait for a store that does not answer. Option `retry.limit`.
  public var retryLimit: TimeSpan
  /// The table's properties when it is made: options `delta.…`.
  public var properties: [String: String]
  /// On how many threads files are written.
  public var lanes: Int

  public init(
    partitionBy: [String]? = nil, targetFileSize: Int? = nil, overwrites: Bool = false, isShared: Bool = false,
    compacts: Bool = true, cacheBytes: Int = 128 << 20, retryLimit: TimeSpan = .minutes(5), properties: [String: String] = [:],
    lanes: Int = 2
  ) {
    self.partitionBy = partitionBy
    self.targetFileSize = targetFileSize
    self.overwrites = overwrites
    self.isShared = isShared
    self.compacts = compacts
    self.cacheBytes = cacheBytes
    self.retryLimit = retryLimit
    self.properties = properties
    self.lanes = lanes
  }
}
