import TidemillColumns
import TidemillPlan

/// A sink that is told how far event time has come, such as one that removes what is old.
public protocol WatermarkedSink: Sink {
  /// As `write(_:epoch:)`, which is not called then.
  ///
  /// - Parameter watermark: the query's global watermark after the epoch, through which windows are closed; `nil` while there is none.
  ///   A replay gives the same.
  func write(_ batch: Batch, epoch: Epoch, watermark: EventTime?) async throws
}
