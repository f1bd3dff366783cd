import TidemillColumns
import TidemillConnectors
import TidemillFiles

extension FileTask {
  /// How far behind the nominal end the last line may go on.
  static let overhang = 64 << 10
  /// For how long a file must have stayed as it is, in nanoseconds: more than a tick of any system's clock.
  private static let rest: Int64 = 2_000_000_000

  /// Reads the piece where the system's page cache has it, if nobody has written to the file lately nor does meanwhile, and the format
  /// needs but one look at each byte.
  ///
  /// The system notes a change with the time of its clock's last tick. A file that was at rest before shows any change by another time.
  /// Not so those that a process makes through a mapping of its own, which the system notes once in a while; nobody should
  /// write events that way.
  ///
  /// - Returns: `nil` when it is to be copied: nothing is known of it then.
  func readInPlace(_ file: borrowing PosixFile, latest: EventTime) throws -> ReadResult? {
    guard let windows, !format.hasHeader, format.general.wantsInPlace() else { return nil }
    let before = try file.status()
    guard before.kind == .regular, before.changed < windows.now() - Self.rest else { return nil }
    // It may have been cut short since it was listed.
    guard before.size >= nominal.upperBound else { return nil }
    let begins = nominal.lowerBound == part.range.lowerBound
    // The byte before tells whether a line begins right at the nominal start.
    let start = begins ? nominal.lowerBound : nominal.lowerBound - 1
    let shown = start..<min(nominal.upperBound + Self.overhang, part.range.upperBound, before.size)
    return try windows.withWindow(onto: file, before, shown) { window, base in
      FileWindow.fetch(base, nominal.upperBound - start)
      guard let lines = lines(UnsafeRawBufferPointer(start: base, count: shown.count), begins: begins) else { return nil }
      let first = base.assumingMemoryBound(to: UInt8.self) + lines.lowerBound
      let text = UnsafeBufferPointer(start: first, count: lines.count)
      let offset = start + lines.lowerBound
      guard
        var result = try format.general.decodeInPlace(text, origin: path, offset: offset, latest: latest)
      else { return nil }
      let sum = Checksum.ofInput(UnsafeRawBufferPointer(text), seed: UInt64(offset))
      guard !window.isTorn, try file.status() == before else { return nil }
      result.byteCount = lines.count
      result.checksum = (part.path, sum)
      return result
    }
  }

  /// Where the lines lie that begin in the nominal range; `nil` when they are not so simple.
  private func lines(_ shown: UnsafeRawBufferPointer, begins: Bool) -> Range<Int>? {
    let base = shown.baseAddress!
    var first = 0
    var end = nominal.count + (begins ? 0 : 1)
    if !begins {
      guard let newline = firstNewline(base, 0..<end - 1) else { return nil }
      first = newline + 1
    }
    if base.load(fromByteOffset: end - 1, as: UInt8.self) != newline {
      guard let newline = firstNewline(base, end..<shown.count) else { return nil }
      end = newline + 1
    }
    return first < end ? first..<end : nil
  }
}
