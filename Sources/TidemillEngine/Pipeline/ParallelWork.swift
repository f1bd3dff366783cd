/// How independent pieces of work are run: one after the other, or several at a time.
///
/// The engine has no threads of its own. Whoever drives it lends it some for the end of an epoch. What comes out does not depend
/// on how many.
public struct ParallelWork: Sendable {
  let run: @Sendable (_ count: Int, _ body: (Int) -> Void) -> Void

  /// - Parameter run: calls `body` with each number in `0..<count` once, on any threads, and returns when all calls have.
  public init(_ run: @escaping @Sendable (_ count: Int, _ body: (Int) -> Void) -> Void) { self.run = run }

  /// In the caller's thread, in order.
  public static let serial = ParallelWork { count, body in
    for index in 0..<count { body(index) }
  }

  /// The results of pieces that touch nothing in common, in their order.
  @discardableResult
  func map<Outcome>(_ count: Int, _ body: (Int) -> Outcome) -> [Outcome] {
    var outcomes = [Outcome?](repeating: nil, count: count)
    outcomes.withUnsafeMutableBufferPointer { buffer in
      // Each piece writes its own element, and nobody reads before all have run.
      nonisolated(unsafe) let buffer = buffer
      if count == 1 {
        buffer[0] = body(0)
      } else {
        run(count) { index in buffer[index] = body(index) }
      }
    }
    return outcomes.map { $0! }
  }

  /// - Throws: the error of the first piece that has one, once all have run.
  func tryMap<Outcome>(_ count: Int, _ body: (Int) throws -> Outcome) throws -> [Outcome] {
    try map(count) { index in Result { try body(index) } }.map { try $0.get() }
  }
}
