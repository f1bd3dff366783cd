import SimdjsonBridge
import TidemillColumns

/// Reads record after record by what an automaton knows, straight into columns.
///
/// The loop keeps to registers: it allocates nothing, counts no references and calls nothing for the usual forms of values.
/// It stops at the first record that does not follow; what was already written of it lies behind the last row and does not count.
struct JSONWalk {
  private let columns: JSONColumns
  private let slots: UnsafeMutablePointer<JSONSlot>
  private let bytes: UnsafePointer<UInt8>
  private let limit: Int
  /// Behind the last line feed that has 64 readable bytes behind it.
  private let safe: UnsafePointer<UInt8>
  private var times: JSONTimes
  /// Where the next record begins.
  private(set) var start: Int
  /// The next row.
  private(set) var row: Int

  /// A walk over the records that begin in `start..<limit`. `end` is behind a line feed with 64 readable bytes behind it.
  init(_ columns: JSONColumns, bytes: UnsafePointer<UInt8>, zone: SessionZone, start: Int, limit: Int, end: Int) {
    self.columns = columns
    self.bytes = bytes
    self.start = start
    self.limit = limit
    safe = bytes + end
    slots = columns.slots
    row = columns.rowCount
    times = JSONTimes(zone: zone, date: columns.date)
  }

  /// Records in a row on the usual path that are too few to have been worth the change from the other one and back.
  private static let fewRecords = 64
  /// Records after which the usual path is tried again, however often it was left at once.
  private static let longestPause = 256

  /// Returns whether it came to the end; else the record at `start` does not follow.
  mutating func run(_ automaton: JSONAutomaton) -> Bool {
    let usual = automaton.usualPath()
    let firstRow = row
    var others = 0
    // How many records are read without trying the usual path, once it has been left.
    var pause = 1
    automaton.bind(slots, columns.schema.count)
    defer { automaton.noteUsual(row - firstRow - others) }
    while start < limit {
      var place = Place(at: bytes + start, state: automaton.beginning)
      let before = row
      if let usual {
        switch follow(UsualPath.self, automaton, usual, .max, &place) {
        case .end: return true
        case .unknown: return false
        case .differs: pause = row - before >= Self.fewRecords ? 1 : min(pause * 2, Self.longestPause)
        }
      }
      let first = row
      let stop = follow(AnyPath.self, automaton, passed(to: place.state, automaton), usual == nil ? .max : pause, &place)
      others += row - first
      if stop != .end {
        guard let next = Self.blankLine(bytes + start) else { return false }
        start = next - bytes
      }
    }
    return true
  }

  /// What was passed on the usual path up to a place, which is noted only now.
  private func passed(to place: UnsafeMutablePointer<JSONState>, _ automaton: JSONAutomaton) -> JSONPassed {
    var passed = JSONPassed()
    var state = automaton.beginning
    while state != place {
      passed.add(JSONState.first(state))
      state.pointee.front.hits &+= 1
      state = state.pointee.front.target
    }
    return passed
  }

  private mutating func grow(_ automaton: JSONAutomaton) {
    columns.rowCount = row
    columns.growRows()
    automaton.bind(slots, columns.schema.count)
  }

  /// Where a record is left.
  private struct Place {
    var at: UnsafePointer<UInt8>
    var state: UnsafeMutablePointer<JSONState>
  }

  private enum Stop {
    /// All is read.
    case end
    /// Another literal than the usual one stands here.
    case differs
    /// Nothing that was learnt stands here.
    case unknown
  }

  @inline(__always)
  private func slot(_ state: UnsafeMutablePointer<JSONState>) -> UnsafeMutablePointer<JSONSlot> { slots + state.pointee.column }

  /// Reads records, one after the other, until a record does not follow the path.
  ///
  /// - Parameters:
  ///   - passed: on the usual path, what all of it passes; on any other, what was passed of the first record so far.
  ///   - count: how many are read at most, which only counts beside the usual path.
  ///   - place: where to begin in the first record, which is at `start`; and where the usual path was left.
  @inline(never)
  private mutating func follow<Path: JSONWalkPath>(
    _ path: Path.Type, _ automaton: JSONAutomaton, _ passed: JSONPassed, _ count: Int, _ place: inout Place
  ) -> Stop {
    let beginning = automaton.beginning
    let phrases = automaton.phrases.entries
    let wanted = automaton.wanted
    let end = bytes + limit
    let safe = safe
    let isWhole = passed.keys == wanted.all
    var passed = passed
    var left = count
    var isFirst = true
    var rowOffsets = columns.rowOffsets.base
    var capacity = columns.rowOffsets.capacity
    var row = row
    var record = bytes + start
    defer {
      start = record - bytes
      self.row = row
    }
    records: while record < end {
      if row == capacity {
        self.row = row
        grow(automaton)
        rowOffsets = columns.rowOffsets.base
        capacity = columns.rowOffsets.capacity
      }
      var at = record
      var state = beginning
      if !Path.isUsual, isFirst {
        at = place.at
        state = place.state
        isFirst = false
      }
      while at <= safe {
        var literal = JSONState.first(state)
        if !JSONLiteral.stands(literal, at: at) {
          if Path.isUsual {
            place = Place(at: at, state: state)
            return .differs
          }
          if state.pointee.choices.chained > 1, let next = state.pointee.choices.next(at) {
            literal = next
          } else if let quick = state.pointee.choices.quick(at) {
            literal = quick
          } else if let found = JSONAutomaton.search(at, state, safe) {
            literal = found
          } else {
            return .unknown
          }
        }
        at += literal.pointee.length
        if !Path.isUsual {
          literal.pointee.hits &+= 1
          passed.add(literal)
        }
        state = literal.pointee.target
        switch state.pointee.step {
        case .end:
          guard at - record <= JSONDecoding.longestRecord, at <= safe else { return .unknown }
          if Path.isUsual {
            if !isWhole { setNull(wanted.leaves & ~passed.keys, row, wanted) }
          } else {
            guard passed.isUnique else { return .unknown }
            if passed.keys != wanted.all { setNull(wanted.leaves & ~passed.keys, row, wanted) }
          }
          rowOffsets[row] = UInt64(truncatingIfNeeded: record - bytes)
          row &+= 1
          record = at
          if !Path.isUsual {
            left &-= 1
            if left == 0 { return .end }
            passed = JSONPassed()
          }
          continue records
        case .nothing: break
        case .ignored:
          if state.pointee.remembers, at <= safe {
            let length = tidemill_phrase_length(phrases, at)
            if length > 0 {
              at += length
            } else {
              guard let next = automaton.passOver(at, state, safe) else { return .unknown }
              at = next
            }
            continue
          }
          if at[0] == UInt8(ascii: "\"") {
            let count = tidemill_lowest(tidemill_text_stops(at + 1))
            if at[1 &+ count] == UInt8(ascii: "\"") {
              at += Self.guessed(count, state) &+ 2
              continue
            }
            if count == 16, let text = JSONTextScan.plainText(at + 17, safe) {
              at = text + 1
              continue
            }
            guard let next = automaton.passOver(at, state, safe) else { return .unknown }
            at = next
            continue
          }
          let digits = JSONDigits(at)
          if digits.isPlain {
            at += digits.count
            continue
          }
          if digits.isPlainWhole {
            let fraction = JSONDigits(at + (digits.count &+ 1))
            if fraction.areFew, fraction.endsValue {
              at += digits.count &+ 1 &+ fraction.count
              continue
            }
          }
          guard let next = automaton.passOver(at, state, safe) else { return .unknown }
          at = next
        case .string:
          if at[0] == UInt8(ascii: "\"") {
            let count = tidemill_lowest(tidemill_text_stops(at + 1))
            if count <= StringView.inlineCapacity, at[1 &+ count] == UInt8(ascii: "\"") {
              tidemill_store_short(state.pointee.values + row &* 16, at + 1, count)
              at += Self.guessed(count, state) &+ 2
              continue
            }
          }
          guard let next = string(at, safe, row, state.pointee.column) else { return .unknown }
          at = next
        case .int, .bigint:
          let digits = JSONDigits(at)
          if digits.isPlain {
            state.pointee.values.storeBytes(of: digits.value, toByteOffset: row &* 8, as: Int64.self)
            at += Self.guessed(digits.count, state)
            continue
          }
          let isInt = state.pointee.step == .int
          guard let next = JSONNumbers.integer(at, safe, row, slot(state), isInt: isInt) else { return .unknown }
          at = next
        case .timestamp:
          if let time = times.plain(at) {
            state.pointee.values.storeBytes(of: time, toByteOffset: row &* 8, as: Int64.self)
            at += JSONTimes.plainLength
            continue
          }
          guard let next = times.any(at, safe, row, slot(state)) else { return .unknown }
          at = next
        case .double:
          guard let next = JSONNumbers.double(at, safe, row, slot(state)) else { return .unknown }
          at = next
        case .boolean:
          guard let next = Self.boolean(at, row, slot(state)) else { return .unknown }
          at = next
        case .date:
          guard let next = times.date(at, safe, row, slot(state)) else { return .unknown }
          at = next
        case .decimal:
          guard let next = JSONNumbers.decimal(at, safe, row, slot(state)) else { return .unknown }
          at = next
        }
      }
      return .unknown
    }
    return .end
  }

  /// The length of a value, `count`. Where the guess is right, what stands behind the value can be read before its end is found.
  @inline(__always)
  private static func guessed(_ count: Int, _ state: UnsafeMutablePointer<JSONState>) -> Int {
    let guess = state.pointee.guess
    // The compiler knows that equal numbers are the same; the processor must not wait for the one that it had to find.
    let likely = tidemill_opaque(guess)
    if count == guess { return likely }
    if guess >= 0 { state.pointee.slip(count) }
    return count
  }

  /// Behind a line of nothing but its end.
  @inline(never)
  private static func blankLine(_ at: UnsafePointer<UInt8>) -> UnsafePointer<UInt8>? {
    if at[0] == UInt8(ascii: "\n") { return at + 1 }
    return at[0] == UInt8(ascii: "\r") && at[1] == UInt8(ascii: "\n") ? at + 2 : nil
  }

  @inline(never)
  private func setNull(_ keys: UInt64, _ row: Int, _ wanted: JSONWantedKeys) {
    var rest = keys
    while rest != 0 {
      slots[wanted.columns[rest.trailingZeroBitCount]].setNull(row)
      rest &= rest &- 1
    }
  }

  @inline(__always)
  private static func boolean(
    _ at: UnsafePointer<UInt8>, _ row: Int, _ slot: UnsafeMutablePointer<JSONSlot>
  ) -> UnsafePointer<UInt8>? {
    if JSONTextScan.isTrue(at) {
      slot.pointee.values.storeBytes(of: 1, toByteOffset: row, as: UInt8.self)
      return at + 4
    }
    if JSONTextScan.isFalse(at) {
      slot.pointee.values.storeBytes(of: 0, toByteOffset: row, as: UInt8.self)
      return at + 5
    }
    return slot.pointee.readNull(at, row)
  }

  /// A string of any length, or the text of any other value.
  @inline(never)
  private func string(
    _ at: UnsafePointer<UInt8>, _ limit: UnsafePointer<UInt8>, _ row: Int, _ column: Int
  ) -> UnsafePointer<UInt8>? {
    let slot = slots + column
    guard at[0] == UInt8(ascii: "\"") else {
      if JSONTextScan.isNull(at) { return slot.pointee.readNull(at, row) }
      guard let end = JSONTextScan.value(at, limit) else { return nil }
      reserve(end - at, column)
      slot.pointee.store(at, end - at, row)
      return end
    }
    guard let text = JSONTextScan.text(at + 1, limit) else { return nil }
    let count = text.end - (at + 1)
    reserve(count, column)
    if text.hasEscapes {
      let length = tidemill_json_unescape(at + 1, count, slot.pointee.heap + slot.pointee.heapCount)
      slot.pointee.keep(length, row)
    } else {
      slot.pointee.store(at + 1, count, row)
    }
    return text.end + 1
  }

  @inline(__always)
  private func reserve(_ count: Int, _ column: Int) {
    // Text is copied 16 bytes at a time, so a little more may be written.
    let needed = count + 32
    if slots[column].heapCapacity - slots[column].heapCount < needed { columns.growHeap(column, needed) }
  }
}

extension JSONSlot {
  /// Takes `null`; `nil` for anything else.
  @inline(__always)
  func readNull(_ at: UnsafePointer<UInt8>, _ row: Int) -> UnsafePointer<UInt8>? {
    guard JSONTextScan.isNull(at) else { return nil }
    setNull(row)
    return at + 4
  }
}

/// There are two copies of the walk's loop. On the usual path, which takes the first literal everywhere, it is known at the end what was
/// passed, so that nothing is noted on the way.
private protocol JSONWalkPath {
  static var isUsual: Bool { get }
}

private enum UsualPath: JSONWalkPath {
  static var isUsual: Bool { true }
}

private enum AnyPath: JSONWalkPath {
  static var isUsual: Bool { false }
}
