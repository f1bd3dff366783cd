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

  /// Returns whether it came to the end; else the record at `start` does not follow.
  @inline(never)
  mutating func run(_ automaton: JSONAutomaton) -> Bool {
    let slots = slots
    let beginning = automaton.beginning
    let leaves = automaton.wanted.leaves
    let all = automaton.wanted.all
    let allNames = all.nonzeroBitCount
    let phrases = automaton.phrases.entries
    let end = bytes + limit
    let safe = safe
    var record = bytes + start
    var row = row
    var rowOffsets = columns.rowOffsets.base
    var capacity = columns.rowOffsets.capacity
    defer {
      start = record - bytes
      self.row = row
    }
    records: while record < end {
      if row == capacity {
        columns.rowCount = row
        columns.growRows()
        rowOffsets = columns.rowOffsets.base
        capacity = columns.rowOffsets.capacity
      }
      var at = record
      var state = beginning
      var seen: UInt64 = 0
      // With more names than keys, one came twice.
      var names = 0
      while at <= safe {
        // The first literal is the state's first member.
        var literal = UnsafeMutableRawPointer(state).assumingMemoryBound(to: JSONLiteral.self)
        if !JSONLiteral.stands(literal, at: at) {
          if state.pointee.choices.chained > 1, let next = state.pointee.choices.next(at) {
            literal = next
          } else if let quick = state.pointee.choices.quick(at) {
            literal = quick
          } else if let found = JSONAutomaton.search(at, state, safe) {
            literal = found
          } else {
            guard at == record, let next = Self.blankLine(at) else { return false }
            record = next
            continue records
          }
        }
        at += literal.pointee.length
        literal.pointee.hits &+= 1
        seen |= literal.pointee.keys
        names &+= literal.pointee.keyCount
        state = literal.pointee.target
        switch state.pointee.step {
        case .end:
          guard at - record <= JSONDecoding.longestRecord, at <= safe else { return false }
          if seen == all {
            guard names == allNames else { return false }
          } else {
            guard names == seen.nonzeroBitCount else { return false }
            setNull(leaves & ~seen, row, automaton.wanted)
          }
          rowOffsets[row] = UInt64(truncatingIfNeeded: record - bytes)
          row &+= 1
          record = at
          continue records
        case .nothing: break
        case .ignored:
          if state.pointee.remembers, at <= safe {
            let length = tidemill_phrase_length(phrases, at)
            if length > 0 {
              at += length
            } else {
              guard let next = automaton.passOver(at, state, safe) else { return false }
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
            guard let next = automaton.passOver(at, state, safe) else { return false }
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
          guard let next = automaton.passOver(at, state, safe) else { return false }
          at = next
        case .string:
          let slot = slots + state.pointee.column
          if at[0] == UInt8(ascii: "\"") {
            let count = tidemill_lowest(tidemill_text_stops(at + 1))
            if count <= StringView.inlineCapacity, at[1 &+ count] == UInt8(ascii: "\"") {
              tidemill_store_short(slot.pointee.values + row &* 16, at + 1, count)
              at += Self.guessed(count, state) &+ 2
              continue
            }
          }
          guard let next = string(at, safe, row, state.pointee.column) else { return false }
          at = next
        case .int, .bigint:
          let slot = slots + state.pointee.column
          let digits = JSONDigits(at)
          if digits.isPlain {
            slot.pointee.values.storeBytes(of: digits.value, toByteOffset: row &* 8, as: Int64.self)
            at += Self.guessed(digits.count, state)
            continue
          }
          guard let next = JSONNumbers.integer(at, safe, row, slot, isInt: state.pointee.step == .int) else { return false }
          at = next
        case .timestamp:
          let slot = slots + state.pointee.column
          if let time = times.plain(at) {
            slot.pointee.values.storeBytes(of: time, toByteOffset: row &* 8, as: Int64.self)
            at += JSONTimes.plainLength
            continue
          }
          guard let next = times.any(at, safe, row, slot) else { return false }
          at = next
        case .double:
          guard let next = JSONNumbers.double(at, safe, row, slots + state.pointee.column) else { return false }
          at = next
        case .boolean:
          guard let next = Self.boolean(at, row, slots + state.pointee.column) else { return false }
          at = next
        case .date:
          guard let next = times.date(at, safe, row, slots + state.pointee.column) else { return false }
          at = next
        case .decimal:
          guard let next = JSONNumbers.decimal(at, safe, row, slots + state.pointee.column) else { return false }
          at = next
        }
      }
      return false
    }
    return true
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
