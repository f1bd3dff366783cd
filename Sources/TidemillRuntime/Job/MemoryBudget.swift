import TidemillColumns

/// How many bytes of state a job may hold.
struct MemoryBudget: Sendable {
  /// `nil`: no limit.
  let bytes: Int?
  /// The queries that share it, for the message.
  let holders: [String]

  init(_ bytes: Int?, holders: [String]) {
    self.bytes = bytes
    self.holders = holders
  }

  /// - Throws: `TidemillError.outOfMemory` when more is held.
  func check(_ held: Int) throws {
    guard let bytes, held > bytes else { return }
    throw TidemillError(
      .outOfMemory,
      "the state of \(holders.joined(separator: ", ")) holds \(held >> 20) MiB, more than the budget of \(bytes >> 20) MiB",
      hint: "raise --memory, lower the number of keys, or let windows close sooner with a shorter watermark delay; "
        + "the checkpoint is whole and the job goes on from it")
  }
}
