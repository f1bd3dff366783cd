/// A place where a simulated file system can be made to fail: just before or after one operation on one kind of file.
public struct FailPoint: Hashable, Sendable, CustomStringConvertible {
  /// On which side of an operation the failure lies.
  public enum Moment: String, Hashable, Sendable {
    /// The operation has not taken place.
    case before
    /// The operation has taken place, but nobody was told.
    case after
  }

  /// The operation that fails.
  public var operation: FileOperation
  /// The file's name with digits replaced by `#`, so that all segments of a log are one kind.
  public var kind: String
  /// Whether the operation still takes place.
  public var moment: Moment

  /// A point at `operation` on files of `kind`, as `kind(of:)` gives it.
  public init(_ operation: FileOperation, _ kind: String, _ moment: Moment) {
    self.operation = operation
    self.kind = kind
    self.moment = moment
  }

  public var description: String { "\(moment.rawValue) \(operation.rawValue) \(kind)" }

  /// `epochs-#.log` for `job/epochs-0017.log`.
  public static func kind(of path: String) -> String {
    var kind = ""
    for character in Paths.name(of: path) {
      if !character.isNumber {
        kind.append(character)
      } else if kind.last != "#" {
        kind.append("#")
      }
    }
    return kind
  }
}

/// The simulated process is dead: thrown at the fail point that killed it and by everything after it, until
/// `SimulatedFileSystem.crash(seed:)` or `restart()`.
public struct SimulatedCrash: Error, Hashable, Sendable, CustomStringConvertible {
  /// Where the process was killed; `nil` for what was tried after its death.
  public var point: FailPoint?

  /// The crash at `point`, or, without one, the refusal of a process that is already dead.
  public init(at point: FailPoint? = nil) { self.point = point }

  public var description: String { point.map { "simulated crash \($0)" } ?? "the simulated process is dead" }
}
