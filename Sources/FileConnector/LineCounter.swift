import Synchronization

/// Finds line numbers for messages by counting line ends, going on from the last place asked about in each file.
final class LineCounter: Sendable {
  private struct Place {
    var offset = 0
    var line = 1
  }

  private static let filesRemembered = 256
  private let places = Mutex<[String: Place]>([:])

  /// The line, from 1, that `offset` lies in; `nil` when the file can no longer be read that far.
  func line(of path: String, offset: Int) -> Int? {
    var place = places.withLock { $0[path] } ?? Place()
    if place.offset > offset { place = Place() }
    guard offset >= 0, let counted = count(path, place.offset..<offset) else { return nil }
    let reached = Place(offset: offset, line: place.line + counted)
    places.withLock {
      if $0.count >= Self.filesRemembered && $0[path] == nil { $0.removeAll(keepingCapacity: true) }
      $0[path] = reached
    }
    return reached.line
  }

  private func count(_ path: String, _ range: Range<Int>) -> Int? {
    guard let file = try? PosixFile(path: path) else { return nil }
    return withUnsafeTemporaryAllocation(byteCount: 64 << 10, alignment: 8) { memory in
      var lines = 0
      var at = range.lowerBound
      while at < range.upperBound {
        let block = UnsafeMutableRawBufferPointer(rebasing: memory[..<min(memory.count, range.upperBound - at)])
        guard let read = try? file.read(into: block, at: at), read == block.count else { return nil }
        for byte in block where byte == newline { lines += 1 }
        at += read
      }
      return lines
    }
  }
}
