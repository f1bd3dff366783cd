/// What is wrong with a checkpoint, and what to do. What the system refuses comes as `FileError`.
public struct StorageError: Error, Hashable, Sendable {
  /// What callers may want to tell apart; the words are in `message` and `hint`.
  public enum Kind: Hashable, Sendable {
    /// Another process, or this one, has the checkpoint open.
    case locked
    /// The directory holds something, and it is not a checkpoint.
    case notACheckpoint
    /// It belongs to another query.
    case otherIdentity(IdentityDifference)
    /// A newer Tidemill wrote it.
    case newerFormat
    /// Bytes that were durable are not what they were.
    case damaged
    /// Epochs that recovery needs are not there.
    case incomplete
    /// An earlier failure left the open log in doubt: it must be opened anew.
    case failed
  }

  /// Which of the known troubles it is.
  public var kind: Kind
  /// What is wrong and where, as one sentence without a full stop.
  public var message: String
  /// What to do about it.
  public var hint: String

  /// An error of a checkpoint: `message` and `hint` as the properties of these names want them.
  public init(_ kind: Kind, _ message: String, hint: String) {
    self.kind = kind
    self.message = message
    self.hint = hint
  }

  static func damaged(_ file: String, at offset: Int, _ what: String) -> StorageError {
    StorageError(
      .damaged, "'\(file)' is damaged at byte \(offset): \(what)",
      hint: "restore the checkpoint directory from a copy, or start over in a new one")
  }

  static func newerFormat(
    _ file: String, _ version: UInt32, known: UInt32 = CheckpointFormat.version
  ) -> StorageError {
    StorageError(
      .newerFormat,
      "'\(file)' has format version \(version), this Tidemill knows versions up to \(known)",
      hint: "use the newer Tidemill that wrote the checkpoint")
  }
}

extension StorageError: CustomStringConvertible {
  public var description: String { "\(message); \(hint)" }
}
