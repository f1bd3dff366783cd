import TidemillColumns

/// How many bytes of state a job may hold.
struct MemoryBudget: Sendable {
  /// `nil`: no limit.
  let bytes: Int?
  /// The queries that share it, for the message.
  let holders: [String]
  let hasCheckpoint: Bool

  init(_ bytes: Int?, holders: [String], hasCheckpoint: Bool) {
    self.bytes = bytes
    self.holders = holders
    self.hasCheckpoint = hasCheckpoint
  }

  private static func text(_ bytes: Int) -> String { bytes < 10 << 20 ? "\(bytes >> 10) KiB" : "\(bytes >> 20) MiB" }

  /// - Parameter bytes: of what a table takes so far, and of all else that is held.
  /// - Throws: `TidemillError.outOfMemory` when both together are more.
  func check(table name: String, _ size: Int, beside held: Int) throws {
    guard let bytes, size + held > bytes else { return }
    throw TidemillError(
      .outOfMemory,
      "table \(name) takes \(Self.text(size)) and more, beside \(Self.text(held)) of state: the budget is "
        + "\(Self.text(bytes))",
      hint: "raise --memory, or join with less of it: JOIN (SELECT id, name FROM \(name) WHERE …) AS \(name) ON …")
  }

  /// - Throws: `TidemillError.outOfMemory` when more is held.
  func check(_ held: Int) throws {
    guard let bytes, held > bytes else { return }
    throw TidemillError(
      .outOfMemory,
      "the state of \(holders.joined(separator: ", ")) holds \(Self.text(held)), more than the budget of "
        + "\(Self.text(bytes))",
      hint: "raise --memory, lower the number of keys, or let windows close sooner with a shorter watermark delay; "
        + (hasCheckpoint
          ? "the checkpoint is whole and the job goes on from it" : "with --checkpoint the next run could go on from here"))
  }
}
