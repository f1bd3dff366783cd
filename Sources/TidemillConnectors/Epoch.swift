/// The number of one step of a job, from 1. Everything durable is named after it.
public struct Epoch: Hashable, Comparable, Sendable {
  /// From 1; 0 before the first.
  public var number: UInt64

  /// The epoch of this number; 1 is a job's first.
  public init(_ number: UInt64) { self.number = number }

  /// The epoch behind this one.
  public var next: Epoch { Epoch(number + 1) }

  /// Before the first epoch.
  public static let none = Epoch(0)

  public static func < (left: Epoch, right: Epoch) -> Bool { left.number < right.number }
}

extension Epoch: CustomStringConvertible {
  public var description: String { String(number) }
}
