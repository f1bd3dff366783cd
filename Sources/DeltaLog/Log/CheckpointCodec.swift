/// Turns actions into a Parquet file and back. The log itself knows nothing of Parquet.
package protocol CheckpointCodec: Sendable {
  /// The actions in a checkpoint's file.
  ///
  /// - Throws: when the file is no checkpoint.
  func actions(of bytes: [UInt8]) throws -> [DeltaAction]

  /// A checkpoint's file with these actions.
  func file(of actions: [DeltaAction]) throws -> [UInt8]
}
