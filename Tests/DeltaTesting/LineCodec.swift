import DeltaLog

/// Checkpoints as lines of JSON, for tests of the log that need no Parquet.
package struct LineCodec: CheckpointCodec {
  package init() {}

  package func actions(of bytes: [UInt8]) throws -> [DeltaAction] { try DeltaAction.read(bytes) }

  package func file(of actions: [DeltaAction]) throws -> [UInt8] { DeltaAction.lines(actions) }
}
