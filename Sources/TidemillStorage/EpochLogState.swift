import TidemillFiles

/// What `EpochLog` guards with its lock.
struct EpochLogState {
  /// The segment that records are appended to.
  private struct Tail {
    var file: any WritableFile
    var firstEpoch: UInt64
    var length: Int
    /// How much of it is known to be durable.
    var durable: Int
  }

  private let directory: String
  private let fileSystem: any FileSystem
  /// The first epochs of the segments, in order.
  private(set) var segments: [UInt64] = []
  private(set) var lastEpoch: UInt64 = 0
  private(set) var lastDurableEpoch: UInt64 = 0
  private(set) var cutTail: CutTail?
  private var tail: Tail?
  private var failure: String?
  private var isClosed = false

  init(_ directory: String, fileSystem: any FileSystem) throws {
    self.directory = directory
    self.fileSystem = fileSystem
    segments = try fileSystem.names(in: directory).compactMap { SegmentFormat.firstEpoch(of: $0) }
    for (index, firstEpoch) in segments.enumerated() {
      let isLast = index == segments.count - 1
      let segment = try read(firstEpoch, keepingFrom: .max, mayBeTorn: isLast)
      guard firstEpoch > lastEpoch else {
        throw StorageError.damaged(path(firstEpoch), at: 0, "the segment before it already holds epoch \(firstEpoch)")
      }
      if !segment.isEmpty { lastEpoch = segment.lastEpoch }
      if isLast { try reopen(firstEpoch, segment) }
    }
    try fileSystem.syncDirectory(directory)
    lastDurableEpoch = lastEpoch
  }

  private mutating func reopen(_ firstEpoch: UInt64, _ segment: Segment) throws {
    let path = path(firstEpoch)
    if segment.isTorn {
      cutTail = CutTail(file: path, offset: segment.goodLength, byteCount: segment.length - segment.goodLength)
    }
    if segment.isEmpty {
      try fileSystem.remove(path)
      segments.removeLast()
      return
    }
    if segment.isTorn { try fileSystem.truncate(path, to: segment.goodLength) }
    let file = try fileSystem.openForAppending(path)
    try file.sync()
    tail = Tail(file: file, firstEpoch: firstEpoch, length: segment.goodLength, durable: segment.goodLength)
  }

  mutating func append(_ record: EpochRecord) throws {
    try checkUsable()
    precondition(
      record.epoch == lastEpoch + 1 || (record.epoch == lastEpoch && tail != nil),
      "the log ends with epoch \(lastEpoch): epoch \(record.epoch) cannot follow")
    guard let tail else { return try appendFirst(record) }
    let bytes = record.encoded(firstEpoch: tail.firstEpoch, offset: tail.length, durable: tail.durable)
    do {
      try tail.file.write(bytes)
    } catch {
      try takeBack(after: error, cuttingTo: tail.length)
    }
    self.tail?.length += bytes.count
    lastEpoch = record.epoch
  }

  /// Begins a segment. Its header becomes durable together with its first record.
  private mutating func appendFirst(_ record: EpochRecord) throws {
    let path = path(record.epoch)
    let bytes = record.encoded(
      after: Segment.header(firstEpoch: record.epoch), firstEpoch: record.epoch, offset: SegmentFormat.headerLength,
      durable: 0)
    let file = try fileSystem.create(path)
    do {
      try file.write(bytes)
    } catch {
      // What stays if this fails too is emptied by the next try, or removed as torn when the log is opened.
      try? file.close()
      try? fileSystem.remove(path)
      throw error
    }
    tail = Tail(file: file, firstEpoch: record.epoch, length: bytes.count, durable: 0)
    segments.append(record.epoch)
    lastEpoch = record.epoch
  }

  mutating func sync() throws {
    try checkUsable()
    guard let tail, tail.durable < tail.length else { return }
    do {
      try tail.file.sync()
      if tail.durable == 0 { try fileSystem.syncDirectory(directory) }
    } catch {
      // The system may have dropped what it could not write and would not say so again: nothing after `durable` can be trusted.
      try fail(error, cuttingTo: tail.durable)
    }
    self.tail?.durable = tail.length
    lastDurableEpoch = lastEpoch
  }

  mutating func startSegment() throws {
    try sync()
    try tail?.file.close()
    tail = nil
  }

  mutating func close() throws {
    if isClosed { return }
    defer { isClosed = true }
    try startSegment()
  }

  mutating func resume(after epoch: UInt64) throws {
    guard lastEpoch < epoch else { return }
    try startSegment()
    lastEpoch = epoch
    lastDurableEpoch = epoch
  }

  func records(from epoch: UInt64) throws -> [EpochRecord] {
    try checkUsable()
    var records: [EpochRecord] = []
    for (index, firstEpoch) in segments.enumerated() {
      let isLast = index == segments.count - 1
      if !isLast, segments[index + 1] <= epoch { continue }
      records += try read(firstEpoch, keepingFrom: epoch, mayBeTorn: false).records
    }
    return records
  }

  mutating func discard(before epoch: UInt64) throws {
    try checkUsable()
    var isChanged = false
    while segments.count > 1, segments[1] <= epoch {
      try fileSystem.remove(path(segments[0]))
      segments.removeFirst()
      isChanged = true
    }
    if isChanged { try fileSystem.syncDirectory(directory) }
  }

  private func read(_ firstEpoch: UInt64, keepingFrom first: UInt64, mayBeTorn: Bool) throws -> Segment {
    let path = path(firstEpoch)
    return try Segment(
      try fileSystem.read(path), file: path, firstEpoch: firstEpoch, keepingFrom: first, mayBeTorn: mayBeTorn)
  }

  private func path(_ firstEpoch: UInt64) -> String {
    Paths.join(directory, SegmentFormat.name(firstEpoch: firstEpoch))
  }

  private func checkUsable() throws {
    // Others may hold the checkpoint by now.
    precondition(!isClosed, "the epoch log is closed")
    guard let failure else { return }
    throw StorageError(.failed, "the epoch log stopped: \(failure)", hint: "start the job again to go on from what is durable")
  }

  /// Takes back a write that failed in part; always throws.
  private mutating func takeBack(after error: any Error, cuttingTo length: Int) throws -> Never {
    guard let tail, (error as? FileError)?.isRetryable == true else { try fail(error, cuttingTo: length) }
    do {
      try fileSystem.truncate(path(tail.firstEpoch), to: length)
    } catch let second {
      try fail(second, cuttingTo: length)
    }
    throw error
  }

  /// Gives the log up, leaving on the disk only what is known to be good; always throws.
  private mutating func fail(_ error: any Error, cuttingTo length: Int) throws -> Never {
    if let tail { try? fileSystem.truncate(path(tail.firstEpoch), to: length) }
    guard error is FileError else { throw error }
    failure = "\(error)"
    try checkUsable()
    preconditionFailure("a failed log is not usable")
  }
}
