import TidemillColumns

/// Runs `body`, which decodes what a checkpoint holds, and turns bytes that make no sense into an error that says whose they
/// are.
func undamaged<Result>(_ what: String, of source: String, _ body: () throws -> Result) throws -> Result {
  do {
    return try body()
  } catch let corrupt as CorruptBytes {
    throw TidemillError(
      .checkpoint, "the \(what) of \(source) is damaged: \(corrupt)",
      hint: "restore the checkpoint from a copy, or start with a new one")
  }
}

extension ByteReader {
  /// A start and a length.
  mutating func readRange() throws -> Range<Int> {
    let start = try readVarint()
    let (end, overflow) = start.addingReportingOverflow(try readVarint())
    if overflow { throw CorruptBytes("a range from \(start) on that has no end") }
    return start..<end
  }
}
