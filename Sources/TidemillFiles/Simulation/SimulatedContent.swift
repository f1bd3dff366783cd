/// What a simulated file holds: what readers see, and what would be left of it if the power went now.
struct SimulatedContent {
  enum Change {
    case append([UInt8])
    case truncate(Int)
  }

  /// What readers see.
  private(set) var current: [UInt8] = []
  /// What is certain to survive.
  private(set) var durable: [UInt8] = []
  /// What happened since the last sync, in order.
  private var pending: [Change] = []

  static let sectorSize = 512

  mutating func append(_ bytes: [UInt8]) {
    current.append(contentsOf: bytes)
    pending.append(.append(bytes))
  }

  mutating func truncate(to length: Int) {
    Self.cut(&current, to: length)
    pending.append(.truncate(length))
  }

  mutating func sync() {
    for change in pending { Self.apply(change, to: &durable) }
    pending.removeAll()
  }

  mutating func flip(_ mask: UInt8, at offset: Int) {
    sync()
    current[offset] ^= mask
    durable[offset] ^= mask
  }

  /// The power goes: some of the pending changes are on the disk, the first of the others in part.
  ///
  /// - Parameter losesSectors: whether sectors not yet durable may read as zeros though later ones are there, as on disks and
  ///   file systems that write out of order.
  mutating func crash(using random: inout SplitMix64, losesSectors: Bool) {
    let survivors = Int.random(in: 0...pending.count, using: &random)
    var certain = durable.count
    for change in pending[..<survivors] {
      Self.apply(change, to: &durable)
      if case .truncate(let length) = change { certain = min(certain, length) }
    }
    if survivors < pending.count, case .append(let bytes) = pending[survivors] {
      durable.append(contentsOf: bytes.prefix(Int.random(in: 0...bytes.count, using: &random)))
    }
    if losesSectors, Bool.random(using: &random) { loseSectors(from: certain, using: &random) }
    pending.removeAll()
    current = durable
  }

  private mutating func loseSectors(from start: Int, using random: inout SplitMix64) {
    var offset = start
    while offset < durable.count {
      let end = min(durable.count, (offset / Self.sectorSize + 1) * Self.sectorSize)
      if Int.random(in: 0..<4, using: &random) == 0 {
        durable.replaceSubrange(offset..<end, with: repeatElement(0, count: end - offset))
      }
      offset = end
    }
  }

  private static func apply(_ change: Change, to bytes: inout [UInt8]) {
    switch change {
    case .append(let more): bytes.append(contentsOf: more)
    case .truncate(let length): cut(&bytes, to: length)
    }
  }

  /// A file cut to more than it has grows by zeros.
  private static func cut(_ bytes: inout [UInt8], to length: Int) {
    if length < bytes.count {
      bytes.removeLast(bytes.count - length)
    } else {
      bytes.append(contentsOf: repeatElement(0, count: length - bytes.count))
    }
  }
}
