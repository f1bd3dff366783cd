import Dispatch
import TidemillColumns

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// Reads a descriptor to its end on a thread of its own, and hands on whole lines as soon as they are there.
struct DescriptorReader: Sendable {
  var descriptor: Int32
  var name: String
  var hasHeader: Bool
  var input: LineInput
  var spool: Spool?
  /// What was read from the descriptor before, to learn the columns from.
  var prefix: [UInt8] = []

  /// The longest line that is waited for; an input without line ends must not eat all memory.
  static let longestLine = 64 << 20
  private static let readSize = 64 << 10

  func start() {
    DispatchQueue(label: "tidemill.input.\(name)").async {
      do {
        try run()
        input.finish()
      } catch {
        input.finish(error)
      }
    }
  }

  private func run() throws {
    var pending: [UInt8] = []
    var needsHeader = hasHeader
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: Self.readSize, alignment: 64)
    defer { buffer.deallocate() }
    var prefix = prefix[...]
    while input.waitForRoom() {
      let count: Int
      if prefix.isEmpty {
        count = try readSome(buffer)
      } else {
        count = min(prefix.count, buffer.count)
        buffer.copyBytes(from: prefix.prefix(count))
        prefix = prefix.dropFirst(count)
      }
      if count == 0 {
        // The last line counts, with or without its line end.
        if !pending.isEmpty && pending.last != newline { pending.append(newline) }
      } else {
        pending.append(contentsOf: buffer[..<count])
      }
      let searched = count == 0 ? pending.count : count
      if let last = pending.suffix(searched).lastIndex(of: newline) {
        var lines = pending[...last]
        if needsHeader, let end = lines.firstIndex(of: newline) {
          input.begin(header: Array(lines[...end]))
          lines = lines[(end + 1)...]
          needsHeader = false
        }
        if !lines.isEmpty { try deliver(lines) }
        pending.removeSubrange(...last)
      } else if pending.count > Self.longestLine {
        throw TidemillError(
          .badInput, "\(name) has a line of more than \(Self.longestLine >> 20) MiB", hint: "end each record with a line end")
      }
      if count == 0 { return }
    }
  }

  private func deliver(_ lines: ArraySlice<UInt8>) throws {
    let offset = input.end
    // On disk first: what a slice names must be there after a crash.
    try spool?.append(lines, at: offset, header: input.header)
    input.append(lines, segment: spool?.segment(from: offset)?.start ?? 0)
  }

  private func readSome(_ buffer: UnsafeMutableRawBufferPointer) throws -> Int {
    try Self.readSome(buffer, from: descriptor, name: name)
  }

  /// Reads what is there, at least one byte; 0 at the end.
  static func readSome(_ buffer: UnsafeMutableRawBufferPointer, from descriptor: Int32, name: String) throws -> Int {
    while true {
      let count = read(descriptor, buffer.baseAddress, buffer.count)
      if count >= 0 { return count }
      if errno == EINTR { continue }
      if errno == EAGAIN {
        var waited = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        _ = poll(&waited, 1, -1)
        continue
      }
      throw TidemillError(.io, "cannot read \(name): \(String(cString: strerror(errno)))", hint: "check what is piped in")
    }
  }
}
