import Synchronization
import TidemillColumns
import TidemillConnectors

/// A history that is read to its end, and then a live source, as one stream.
///
/// Nothing is read of the live source before the history's end. The hand-over is a slice of its own, without rows, so that the epoch
/// log tells on which side of it an epoch is.
///
/// # Partitions
/// The history's come first, the live source's behind them. Each has a watermark of its own, so that rows of the live source that are
/// older than the history's end are not late because of it. Once the history has ended, its partitions hold nothing back.
public final class BackfillSource: Source {
  private enum Place {
    case history(SourcePosition)
    case live(partitionsBefore: Int, SourcePosition)
  }

  private enum Part: UInt8 { case history, handOver, live }

  private struct State {
    /// How many partitions the history had, once it has ended.
    var handedOver: Int?
    /// How far the history was read, if it ended in this process.
    var historyEnd: SourcePosition?
  }

  private let history: any Source
  /// What comes after the history.
  package let live: any Source
  private let isOrdered: Bool
  private let state = Mutex(State())

  /// - Parameter isOrdered: whether the history is in the order of its event times, but for the watermark's delay, so that windows
  ///   can close while it is read. Otherwise none of its rows is late, and its windows close when it has ended.
  public init(history: any Source, live: any Source, isOrdered: Bool) {
    self.history = history
    self.live = live
    self.isOrdered = isOrdered
  }

  public var description: String { "\(history.description), then \(live.description)" }

  public func interrupt() {
    history.interrupt()
    live.interrupt()
  }

  public func close() async {
    await history.close()
    await live.close()
  }

  // MARK: What is there

  public func nextSlice(after position: SourcePosition, byteLimit: Int, isFinal: Bool) async throws -> SourceSlice? {
    switch try place(position) {
    case .history(let inner):
      state.withLock { $0.handedOver = nil }
      // What is there when all before it is read is its end, whatever may come later. Until then what is not whole may become so.
      var slice = try await history.nextSlice(after: inner, byteLimit: byteLimit, isFinal: false)
      if slice == nil { slice = try await history.nextSlice(after: inner, byteLimit: byteLimit, isFinal: true) }
      if let slice {
        return SourceSlice(
          record: Self.record(.history, slice.record), end: Self.position(.history(slice.end)), byteCount: slice.byteCount,
          reachesEnd: false)
      }
      guard !history.isReadToItsEnd || history.hasEnded else { return nil }
      return handOver(inner)
    case .live(let before, let inner):
      state.withLock { $0.handedOver = before }
      guard let slice = try await live.nextSlice(after: inner, byteLimit: byteLimit, isFinal: isFinal) else { return nil }
      return SourceSlice(
        record: Self.record(.live, partitionsBefore: before, slice.record),
        end: Self.position(.live(partitionsBefore: before, slice.end)), byteCount: slice.byteCount,
        reachesEnd: slice.reachesEnd)
    }
  }

  private func handOver(_ end: SourcePosition) -> SourceSlice {
    let partitions = history.partitionCount
    state.withLock { state in
      state.handedOver = partitions
      state.historyEnd = end
    }
    return SourceSlice(
      record: Self.record(.handOver, []), end: Self.position(.live(partitionsBefore: partitions, .beginning)), byteCount: 0,
      reachesEnd: false)
  }

  public func tasks(for slice: SourceSlice) throws -> [any ReadTask] {
    var reader = ByteReader(slice.record)
    let (part, before, inner) = try undamaged("slice record", of: description) {
      guard let part = Part(rawValue: try reader.readByte()) else { throw CorruptBytes("no part of a backfill") }
      let before = part == .live ? try reader.readVarint() : 0
      return (part, before, try reader.readRaw())
    }
    var of = slice
    of.record = inner
    switch (part, try place(slice.end)) {
    case (.history, .history(let end)):
      of.end = end
      return try history.tasks(for: of)
    case (.live, .live(_, let end)):
      of.end = end
      return try live.tasks(for: of).map { ShiftedTask(base: $0, shift: before) }
    case (.handOver, _): return []
    default:
      throw TidemillError(
        .checkpoint, "a slice of \(description) does not end where it should",
        hint: "restore the checkpoint from a copy, or start with a new one")
    }
  }

  public func release(before position: SourcePosition) async throws {
    switch try place(position) {
    case .history(let inner): try await history.release(before: inner)
    case .live(_, let inner):
      let end = state.withLock { state in
        defer { state.historyEnd = nil }
        return state.historyEnd
      }
      if let end { try await history.release(before: end) }
      try await live.release(before: inner)
    }
  }

  // MARK: Where it is

  private var handedOver: Int? { state.withLock { $0.handedOver } }

  private var current: any Source { handedOver == nil ? history : live }

  public var partitionCount: Int { handedOver.map { $0 + live.partitionCount } ?? history.partitionCount }

  public var isReadingHistory: Bool { handedOver == nil && !isOrdered }

  public var finishedPartitions: Set<Int> { Set(0..<(handedOver ?? 0)) }

  public var unsettledPartitions: Set<Int> {
    let shift = handedOver ?? 0
    return Set(current.unsettledPartitions.map { $0 + shift })
  }

  public var hasEnded: Bool { handedOver != nil && live.hasEnded }

  /// The live source comes behind the history, also if it has nothing.
  public var isReadToItsEnd: Bool { handedOver == nil || live.isReadToItsEnd }

  public var releasableInputs: [String] { history.releasableInputs + live.releasableInputs }

  public func waitForInput(timeout: Duration) async throws { try await current.waitForInput(timeout: timeout) }

  public func line(of origin: String, offset: Int) -> Int? {
    // Rows that were rejected in the history may be asked about when the live source is already being read.
    history.line(of: origin, offset: offset) ?? live.line(of: origin, offset: offset)
  }

  // MARK: Encoding

  private static func record(_ part: Part, partitionsBefore: Int = 0, _ inner: [UInt8]) -> [UInt8] {
    var writer = ByteWriter()
    writer.write(byte: part.rawValue)
    if part == .live { writer.write(varint: partitionsBefore) }
    writer.write(raw: inner)
    return writer.bytes
  }

  private static func position(_ place: Place) -> SourcePosition {
    var writer = ByteWriter()
    switch place {
    case .history(let inner):
      writer.write(byte: Part.history.rawValue)
      writer.write(raw: inner.bytes)
    case .live(let before, let inner):
      writer.write(byte: Part.live.rawValue)
      writer.write(varint: before)
      writer.write(raw: inner.bytes)
    }
    return SourcePosition(writer.bytes)
  }

  private func place(_ position: SourcePosition) throws -> Place {
    if position.bytes.isEmpty { return .history(.beginning) }
    var reader = ByteReader(position.bytes)
    return try undamaged("position", of: description) {
      switch Part(rawValue: try reader.readByte()) {
      case .history: return .history(SourcePosition(try reader.readRaw()))
      case .live: return .live(partitionsBefore: try reader.readVarint(), SourcePosition(try reader.readRaw()))
      default: throw CorruptBytes("no part of a backfill")
      }
    }
  }
}

/// A task of the live source, whose partitions come behind the history's.
private struct ShiftedTask: ReadTask {
  var base: any ReadTask
  var shift: Int

  var partition: Int { base.partition + shift }

  func read(latest: EventTime) throws -> ReadResult {
    var result = try base.read(latest: latest)
    result.rest = result.rest.map { ShiftedTask(base: $0, shift: shift) }
    return result
  }
}
