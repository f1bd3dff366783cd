import Synchronization
import TidemillColumns

/// How long texts may become that expressions compute: each may be many times as long as what it is made of.
///
/// A kernel that goes beyond stops, and its result is of no use; whoever drives the evaluation asks before using any.
package final class TextBound: Sendable {
  /// Bytes of all texts of one column of a batch.
  let limit: Int
  private let exceeded = Atomic(false)

  package init(limit: Int = EngineLimits().textBytes) { self.limit = limit }

  func exceed() { exceeded.store(true, ordering: .relaxed) }

  /// What is wrong, once a text became too long.
  package var failure: TidemillError? {
    guard exceeded.load(ordering: .relaxed) else { return nil }
    return TidemillError(
      .outOfMemory, "the texts that an expression makes of a piece of input take more than \(limit >> 20) MiB",
      hint: "replace or concatenate shorter texts")
  }
}
