#if canImport(Darwin)
  import Darwin
#elseif canImport(Musl)
  import Musl
#else
  import Glibc
#endif

/// Draws products by their share of the sales, in constant time.
///
/// Source: M. D. Vose, "A linear algorithm for generating random numbers with a given distribution" (alias method).
struct ProductChoice {
  private static let exponent = 1.1

  private let count: Int
  /// For each product how often it keeps its draw, out of 2^32, and who gets it otherwise.
  private let keeps: [UInt32]
  private let aliases: [UInt32]

  init(count: Int, isUniform: Bool) {
    self.count = count
    if isUniform {
      keeps = []
      aliases = []
      return
    }
    var weights = (0..<count).map { pow(Double($0 + 1), -Self.exponent) }
    let scale = Double(count) / weights.reduce(0, +)
    for index in weights.indices { weights[index] *= scale }
    var keeps = [UInt32](repeating: .max, count: count)
    var aliases = (0..<count).map { UInt32($0) }
    var small = weights.indices.filter { weights[$0] < 1 }
    var large = weights.indices.filter { weights[$0] >= 1 }
    while let less = small.popLast(), let more = large.popLast() {
      keeps[less] = UInt32(min(weights[less] * 4_294_967_296, 4_294_967_295))
      aliases[less] = UInt32(more)
      weights[more] += weights[less] - 1
      if weights[more] < 1 { small.append(more) } else { large.append(more) }
    }
    self.keeps = keeps
    self.aliases = aliases
  }

  /// The product that a random word stands for.
  @inline(__always)
  func product(_ word: UInt64) -> Int {
    let place = Int(((word >> 32) &* UInt64(count)) >> 32)
    if keeps.isEmpty { return place }
    return UInt32(truncatingIfNeeded: word) <= keeps[place] ? place : Int(aliases[place])
  }
}
