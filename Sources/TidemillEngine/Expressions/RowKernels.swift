import TidemillColumns

/// The loops over `count` rows that all operators and functions are made of.
///
/// A kernel takes operands that are not the constant NULL and gives a column. It decides what to do once and then runs a
/// plain loop over base pointers. The value under a NULL may be anything, so a kernel either cannot trap or skips it.
struct RowKernels {
  let zone: SessionZone
  let count: Int
  let text: TextBound
}

extension RowKernels {
  @inline(__always)
  func map<A, R>(_ input: OperandElements<A>, _ body: (A) -> R) -> Buffer<R> {
    let result = Buffer<R>(capacity: count)
    result.count = count
    let to = result.base
    let from = input.buffer.base
    let mask = input.mask
    for row in 0..<count { to[row] = body(from[row & mask]) }
    withExtendedLifetime(input.buffer) {}
    return result
  }

  /// One loop for each way in which an operand may be constant, so that each is as tight as if written by hand.
  @inline(__always)
  func map<A, B, R>(_ left: OperandElements<A>, _ right: OperandElements<B>, _ body: (A, B) -> R) -> Buffer<R> {
    let result = Buffer<R>(capacity: count)
    result.count = count
    let to = result.base
    let one = left.buffer.base
    let two = right.buffer.base
    switch (left.isConstant, right.isConstant) {
    case (false, false):
      for row in 0..<count { to[row] = body(one[row], two[row]) }
    case (false, true):
      let constant = two[0]
      for row in 0..<count { to[row] = body(one[row], constant) }
    case (true, false):
      let constant = one[0]
      for row in 0..<count { to[row] = body(constant, two[row]) }
    case (true, true):
      for row in 0..<count { to[row] = body(one[0], two[0]) }
    }
    withExtendedLifetime((left.buffer, right.buffer)) {}
    return result
  }

  /// A column of what `body` gives for each row that is not NULL; NULL where it gives nil.
  @inline(__always)
  func compute<R: ColumnElement>(_ type: DataType, _ validity: Buffer<UInt8>?, _ body: (Int) -> R?) -> Column {
    let result = Buffer<R>(capacity: count)
    result.count = count
    let to = result.base
    var outcome = Validity(validity, count: count)
    for row in 0..<count {
      if outcome.isValid(row), let value = body(row) {
        to[row] = value
      } else {
        to[row] = R.filler
        outcome.clear(row)
      }
    }
    return column(type, result, outcome.buffer)
  }

  /// `compute` of one operand.
  @inline(__always)
  func compute<A, R: ColumnElement>(
    _ type: DataType, _ validity: Buffer<UInt8>?, _ input: OperandElements<A>, _ body: (A) -> R?
  ) -> Column {
    let from = input.buffer.base
    let mask = input.mask
    defer { withExtendedLifetime(input.buffer) {} }
    return compute(type, validity) { body(from[$0 & mask]) }
  }

  /// `compute` of two operands.
  @inline(__always)
  func compute<A, B, R: ColumnElement>(
    _ type: DataType, _ validity: Buffer<UInt8>?, _ left: OperandElements<A>, _ right: OperandElements<B>,
    _ body: (A, B) -> R?
  ) -> Column {
    let one = left.buffer.base
    let oneMask = left.mask
    let two = right.buffer.base
    let twoMask = right.mask
    defer { withExtendedLifetime((left.buffer, right.buffer)) {} }
    return compute(type, validity) { body(one[$0 & oneMask], two[$0 & twoMask]) }
  }

  /// A column of the text that `write` appends for each row that is not NULL; NULL where it returns false.
  @inline(__always)
  func computeText(_ validity: Buffer<UInt8>?, _ write: (Int, inout TextWriter) -> Bool) -> Column {
    var writer = TextWriter(text)
    var outcome = Validity(validity, count: count)
    let views = Buffer<StringView>(capacity: count)
    views.count = count
    let to = views.base
    for row in 0..<count {
      if outcome.isValid(row), !writer.isOver, write(row, &writer), !writer.isOver {
        to[row] = writer.finish()
      } else {
        to[row] = .empty
        outcome.clear(row)
      }
    }
    let storage = StringStorage(views: views, heap: writer.finishedHeap())
    return Column(type: .string, count: count, values: .string(storage), validity: outcome.buffer)
  }

  func column<Element: ColumnElement>(
    _ type: DataType, _ buffer: Buffer<Element>, _ validity: Buffer<UInt8>?
  ) -> Column {
    precondition(type.layout == Element.layout, "\(Element.self) values for a \(type) column")
    return Column(type: type, count: count, values: Element.values(buffer), validity: validity)
  }

  func nulls(_ type: DataType) -> Column { Operand(constant: .null, type).spread(over: count) }

  /// Which rows have a value in every operand; `nil` for all.
  func validity(_ operands: Operand...) -> Buffer<UInt8>? { validity(operands) }

  func validity(_ operands: [Operand]) -> Buffer<UInt8>? {
    var all: Buffer<UInt8>?
    for operand in operands where !operand.isConstant {
      guard let own = operand.column.validity else { continue }
      all = all.map { both($0, own) } ?? own
    }
    return all
  }

  /// Byte by byte AND.
  func both(_ left: Buffer<UInt8>, _ right: Buffer<UInt8>) -> Buffer<UInt8> {
    map(OperandElements(buffer: left, isConstant: false), OperandElements(buffer: right, isConstant: false)) { $0 & $1 }
  }

  /// `nil` when no row is null, as columns want it.
  func normalised(_ validity: Buffer<UInt8>) -> Buffer<UInt8>? {
    let from = validity.base
    var all: UInt8 = 1
    for row in 0..<count { all &= from[row] }
    withExtendedLifetime(validity) {}
    return all == 1 ? nil : validity
  }
}

/// The validity of a result while it is computed: the input's until a row fails, then a copy of its own.
struct Validity {
  private(set) var buffer: Buffer<UInt8>?
  private var base: UnsafeMutablePointer<UInt8>?
  private let count: Int
  private var isOwn = false

  init(_ input: Buffer<UInt8>?, count: Int) {
    buffer = input
    base = input?.base
    self.count = count
  }

  @inline(__always)
  func isValid(_ row: Int) -> Bool {
    guard let base else { return true }
    return base[row] != 0
  }

  /// Makes the row NULL.
  @inline(__always)
  mutating func clear(_ row: Int) {
    if !isValid(row) { return }
    if !isOwn { own() }
    base![row] = 0
  }

  @inline(never)
  private mutating func own() {
    let copy = Buffer<UInt8>(capacity: count)
    if let base { copy.append(contentsOf: base, count: count) } else { copy.resize(to: count, filling: 1) }
    buffer = copy
    base = copy.base
    isOwn = true
  }
}
