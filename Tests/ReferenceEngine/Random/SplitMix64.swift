/// A small random number generator whose numbers are the same on every platform and for ever, so that a failing seed keeps
/// failing.
///
/// Source: Steele, Lea and Flood, "Fast Splittable Pseudorandom Number Generators", 2014.
public struct SplitMix64: Sendable {
  private var state: UInt64

  public init(seed: UInt64) { state = seed }

  public mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
    return mixed ^ (mixed >> 31)
  }

  public mutating func integer(_ range: ClosedRange<Int64>) -> Int64 {
    range.lowerBound + Int64(next() % UInt64(range.upperBound - range.lowerBound + 1))
  }

  public mutating func count(_ range: ClosedRange<Int>) -> Int {
    Int(integer(Int64(range.lowerBound)...Int64(range.upperBound)))
  }

  public mutating func chance(percent: Int64) -> Bool { integer(0...99) < percent }

  public mutating func pick<Element>(_ choices: [Element]) -> Element {
    precondition(!choices.isEmpty, "there is nothing to pick from")
    return choices[count(0...choices.count - 1)]
  }

  /// A few of `choices`, in their order.
  public mutating func some<Element>(_ choices: [Element], percent: Int64) -> [Element] {
    var chosen: [Element] = []
    for choice in choices where chance(percent: percent) { chosen.append(choice) }
    return chosen
  }
}
