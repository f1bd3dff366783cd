import Testing

@testable import TidemillEngine

@Suite struct WideMagnitudeTests {
  /// Decimal digits, the least first: arithmetic as it is done on paper.
  struct Paper: Equatable {
    var digits: [UInt8]

    init(_ digits: [UInt8]) {
      self.digits = digits
      while self.digits.last == 0 { self.digits.removeLast() }
    }

    init(_ value: UInt128) { self.init(String(value).utf8.reversed().map { $0 - 48 }) }

    var value: UInt128? {
      digits.count > 38 ? nil : digits.reversed().reduce(0) { $0 * 10 + UInt128($1) }
    }

    static func * (left: Paper, right: Paper) -> Paper {
      var sums = [Int](repeating: 0, count: left.digits.count + right.digits.count + 1)
      for (i, one) in left.digits.enumerated() {
        for (j, two) in right.digits.enumerated() { sums[i + j] += Int(one) * Int(two) }
      }
      return carried(sums)
    }

    static func + (left: Paper, right: Paper) -> Paper {
      var sums = [Int](repeating: 0, count: max(left.digits.count, right.digits.count) + 1)
      for (i, digit) in left.digits.enumerated() { sums[i] += Int(digit) }
      for (i, digit) in right.digits.enumerated() { sums[i] += Int(digit) }
      return carried(sums)
    }

    static func carried(_ sums: [Int]) -> Paper {
      var carry = 0
      return Paper(
        sums.map {
          let sum = $0 + carry
          carry = sum / 10
          return UInt8(sum % 10)
        })
    }

    func shifted(_ places: Int) -> Paper { Paper([UInt8](repeating: 0, count: places) + digits) }

    func rounded(by places: Int) -> Paper {
      if places == 0 { return self }
      let up = places <= digits.count && digits[places - 1] >= 5
      return Paper(Array(digits.dropFirst(places))) + Paper(up ? [1] : [])
    }
  }

  static func number(_ numbers: inout SeededNumbers) -> UInt128 {
    let digits = Int.random(in: 1...38, using: &numbers)
    return (0..<digits).reduce(0) { value, _ in value * 10 + UInt128(UInt8.random(in: 0...9, using: &numbers)) }
  }

  @Test func decimalProductsAgreeWithLongMultiplication() {
    var numbers = SeededNumbers(state: 1)
    for _ in 0..<2000 {
      let left = Self.number(&numbers)
      let right = Self.number(&numbers)
      let scales = (Int.random(in: 0...38, using: &numbers), Int.random(in: 0...38, using: &numbers))
      let scale = Int.random(in: 0...min(38, scales.0 + scales.1), using: &numbers)
      let arithmetic = DecimalArithmetic(leftScale: scales.0, rightScale: scales.1, precision: 38, scale: scale)
      let expected = (Paper(left) * Paper(right)).rounded(by: scales.0 + scales.1 - scale).value
      #expect(arithmetic.product(Int128(left), -Int128(right)) == expected.map { -Int128($0) })
    }
  }

  @Test func decimalSumsAgreeWithAdditionOnPaper() {
    var numbers = SeededNumbers(state: 2)
    for _ in 0..<2000 {
      let left = Self.number(&numbers)
      let right = Self.number(&numbers)
      let scales = (Int.random(in: 0...38, using: &numbers), Int.random(in: 0...38, using: &numbers))
      let common = max(scales.0, scales.1)
      let scale = Int.random(in: 0...common, using: &numbers)
      let arithmetic = DecimalArithmetic(leftScale: scales.0, rightScale: scales.1, precision: 38, scale: scale)
      let exact = Paper(left).shifted(common - scales.0) + Paper(right).shifted(common - scales.1)
      let expected = exact.rounded(by: common - scale).value.map { Int128($0) }
      #expect(arithmetic.sum(Int128(left), Int128(right)) == expected)
      #expect(arithmetic.sum(-Int128(left), -Int128(right)) == expected.map { -$0 })
      // (left + right) - right = left, at the common scale where all is exact.
      let same = DecimalArithmetic(leftScale: common, rightScale: scales.1, precision: 38, scale: common)
      if let sum = exact.value, let back = Paper(left).shifted(common - scales.0).value {
        #expect(same.sum(Int128(sum), -Int128(right)) == Int128(back))
      }
    }
  }

  @Test func aQuotientTimesItsDivisorIsTheDividend() {
    var numbers = SeededNumbers(state: 3)
    for _ in 0..<2000 {
      let high = Self.number(&numbers)
      let value = WideMagnitude(high: high, low: UInt128(numbers.next()) << 64 | UInt128(numbers.next()))
      let divisor = max(Self.number(&numbers), 1)
      let (quotient, remainder) = value.divided(by: divisor)
      #expect(remainder < divisor)
      #expect(quotient.multiplied(by: divisor).map { $0 &+ WideMagnitude(remainder) } == value)
    }
  }

  @Test func decimalQuotientsAreTheNearest() {
    var numbers = SeededNumbers(state: 4)
    for _ in 0..<2000 {
      let left = Self.number(&numbers)
      let right = max(Self.number(&numbers), 1)
      let scales = (Int.random(in: 0...38, using: &numbers), Int.random(in: 0...38, using: &numbers))
      let scale = Int.random(in: 0...20, using: &numbers)
      let arithmetic = DecimalArithmetic(leftScale: scales.0, rightScale: scales.1, precision: 38, scale: scale)
      guard let quotient = arithmetic.quotient(Int128(left), Int128(right)) else { continue }
      // |left × 10^e − q × right| × 2 <= right, with e moved to the side where it is positive.
      let exponent = scale - scales.0 + scales.1
      let target = Paper(left).shifted(max(exponent, 0))
      let unit = Paper(right).shifted(max(-exponent, 0))
      let twice = Paper([2])
      let found = Paper(quotient.magnitude) * unit
      // 2q·r - r <= 2·target < 2q·r + r
      #expect(!isLess(twice * target + unit, twice * found))
      #expect(isLess(twice * target, twice * found + unit))
    }
  }

  func isLess(_ left: Paper, _ right: Paper) -> Bool {
    if left.digits.count != right.digits.count { return left.digits.count < right.digits.count }
    return left.digits.reversed().lexicographicallyPrecedes(right.digits.reversed())
  }
}
