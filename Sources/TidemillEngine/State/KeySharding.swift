/// When the groups of an aggregation are cut into shards by the hash of their key.
///
/// Few groups are gathered by each lane on its own and then merged, which is little work. Where nearly every row has a key of its
/// own that would be all the work twice, and the second time in one thread. So lanes then only sort their rows by shard, and the
/// end of the epoch brings each shard's rows into its own part of the state, several shards at a time.
package enum KeySharding: Sendable {
  /// As soon as a lane finds that there are many groups and that gathering does not make them fewer.
  case automatic
  /// From the first row on; for tests.
  case always
  case never

  /// How many shards there are: more than lanes, so that these share them evenly, and so many that a shard's part of a million
  /// groups lies in a core's cache. A constant, so that state does not depend on the number of lanes.
  static let count = 64

  /// The shard of a key: from the upper bits, since tables look at the lower ones first.
  @inline(__always)
  static func shard(_ hash: UInt64) -> Int { Int(truncatingIfNeeded: hash >> 58) }

  /// From how many groups in a pane on `automatic` asks whether gathering pays.
  static let manyGroups = 8192
  /// How many rows a group must have on average for that.
  static let rowsPerGroup = 4
}
