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
  ///
  /// - Throws: the error of the first piece that has one, once all have run.
  func map<Result>(_ count: Int, _ body: (Int) throws -> Result) throws -> [Result] {
    var results = [Swift.Result<Result, any Error>?](repeating: nil, count: count)
    results.withUnsafeMutableBufferPointer { results in
      // Each piece writes its own element, and nobody reads before all have run.
      nonisolated(unsafe) let results = results
      if count == 1 {
        results[0] = Swift.Result { try body(0) }
      } else {
        run(count) { index in results[index] = Swift.Result { try body(index) } }
      }
    }
    return try results.map { try $0!.get() }
  }
}
