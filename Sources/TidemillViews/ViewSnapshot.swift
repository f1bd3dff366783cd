import TidemillColumns
import TidemillConnectors

/// Rows of a view as they were after one epoch.
public struct ViewSnapshot: Sendable {
  /// The last epoch that had changed the view: what comes after it are the changes of later epochs.
  public var epoch: Epoch
  /// Tells what this view's database holds since it was opened from all else that a view has held, such as before an older
  /// checkpoint was put back: an epoch's number says something only together with it.
  public var token: String
  /// The rows that were asked for, under the view's schema.
  public var batch: Batch
  /// Whether there were more rows than the limit let through.
  public var isCut: Bool

  public init(epoch: Epoch, token: String, batch: Batch, isCut: Bool) {
    self.epoch = epoch
    self.token = token
    self.batch = batch
    self.isCut = isCut
  }
}
