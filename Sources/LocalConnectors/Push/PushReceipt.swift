/// What became of a push.
public struct PushReceipt: Hashable, Sendable {
  /// How many events were added: lines that are not empty. 0 for a duplicate.
  public var lines: Int
  /// How many bytes were added, with line ends. 0 for a duplicate.
  public var bytes: Int
  /// Whether a push with the same key was there before, and nothing was added.
  public var isDuplicate: Bool
  /// Whether the events survive a crash: the job has a checkpoint.
  public var isDurable: Bool

  public init(lines: Int, bytes: Int, isDuplicate: Bool, isDurable: Bool) {
    self.lines = lines
    self.bytes = bytes
    self.isDuplicate = isDuplicate
    self.isDurable = isDurable
  }
}

/// Why a push was not taken, though nothing is wrong with it.
public enum PushRefusal: Error, Hashable, Sendable {
  /// Too much waits for the job's epochs. Worth another try after so many seconds.
  case full(retryAfter: Int)
  /// The job has ended or is about to.
  case ended
}
