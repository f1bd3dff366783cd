import Foundation
import Testing

#if canImport(Darwin)
  import Darwin
#elseif canImport(Glibc)
  import Glibc
#endif

/// What the other end of a terminal gets.
private final class FakeTerminal: @unchecked Sendable {
  let slave: FileHandle
  private let master: Int32
  private var bytes: [UInt8] = []

  init(rows: Int, columns: Int) throws {
    master = open("/dev/ptmx", O_RDWR | O_NOCTTY)
    guard master >= 0, let name = Self.unlock(master), let handle = FileHandle(forUpdatingAtPath: name)
    else { throw Waited(description: "no pseudo terminal: \(String(cString: strerror(errno)))") }
    slave = handle
    var size = winsize(ws_row: UInt16(rows), ws_col: UInt16(columns), ws_xpixel: 0, ws_ypixel: 0)
    _ = ioctl(master, UInt(TIOCSWINSZ), &size)
    _ = fcntl(master, F_SETFL, O_NONBLOCK)
  }

  deinit { close(master) }

  /// Makes the other end usable; gives its path.
  private static func unlock(_ master: Int32) -> String? {
    #if canImport(Darwin)
      guard grantpt(master) == 0, unlockpt(master) == 0 else { return nil }
      return ptsname(master).map { String(cString: $0) }
    #else
      // Glibc's module leaves out the functions for this: TIOCSPTLCK and TIOCGPTN.
      var number: Int32 = 0
      guard ioctl(master, 0x4004_5431, &number) == 0, ioctl(master, 0x8004_5430, &number) == 0 else { return nil }
      return "/dev/pts/\(number)"
    #endif
  }

  /// All that has been written so far.
  var text: String {
    var block = [UInt8](repeating: 0, count: 1 << 16)
    while true {
      let count = read(master, &block, block.count)
      guard count > 0 else { break }
      bytes += block[..<count]
    }
    // A terminal makes two characters of each line end, which to Swift are one.
    return String(decoding: bytes.filter { $0 != UInt8(ascii: "\r") }, as: UTF8.self)
  }

  /// What stands on the screen: each picture goes up over the one before.
  var screen: [String] {
    var lines: [String] = []
    var row = 0
    for part in text.split(separator: "\n", omittingEmptySubsequences: false) {
      var line = part[...]
      if let up = line.firstMatch(of: #/\x1B\[(\d+)A/#), let count = Int(up.1) { row = max(0, row - count) }
      if line.contains("\u{1B}[J") { lines.removeSubrange(min(row, lines.count)...) }
      line = Substring(line.replacing(#/\x1B\[[?0-9;]*[A-Za-z]/#, with: ""))
      if line.isEmpty { continue }
      if row < lines.count { lines[row] = String(line) } else { lines.append(String(line)) }
      row += 1
    }
    return lines
  }
}

@Suite struct TerminalTests {
  @Test func aTableIsDrawnInPlaceAndCutToTheTerminal() async throws {
    let place = try Workplace()
    try place.write("in/1.json", (0..<40).map { "{\"k\":\"key\($0 + 10)\",\"v\":\($0)}\n" }.joined())
    try place.write(
      "q.sql", "CREATE STREAM s (k STRING, v INT) USING json OPTIONS (path 'in'); SELECT k, sum(v) AS s FROM s GROUP BY k")
    let terminal = try FakeTerminal(rows: 12, columns: 60)
    let child = try Program.start(["run", "q.sql", "--quiet"], in: place, output: terminal.slave)
    try await eventually("the first picture") { terminal.text.contains("more rows") }
    try place.write("in/2.json", "{\"k\":\"key10\",\"v\":7000}\n")
    try await eventually("the change") { terminal.text.contains("7000") }
    child.signal(2)
    let run = try await child.outcome()
    #expect(run.status == 0)
    let screen = terminal.screen
    #expect(screen.count <= 11)
    #expect(screen[0] == "+-----+----+")
    #expect(screen[1] == "|k    |   s|")
    #expect(screen[3] == "|key10|7000|")
    #expect(screen.contains { $0.hasPrefix("… ") && $0.hasSuffix(" more rows") })
    #expect(screen.last?.hasPrefix("41 rows · ") ?? false, "\(screen)")
  }

  @Test func aFinishedTableIsShownWhole() async throws {
    let place = try Workplace()
    try place.write("in/1.json", (0..<40).map { "{\"k\":\"key\($0 + 10)\",\"v\":\($0)}\n" }.joined())
    try place.write(
      "q.sql", "CREATE STREAM s (k STRING, v INT) USING json OPTIONS (path 'in'); SELECT k, sum(v) AS s FROM s GROUP BY k")
    let terminal = try FakeTerminal(rows: 12, columns: 60)
    let child = try Program.start(["run", "q.sql", "--once", "--quiet"], in: place, output: terminal.slave)
    // Read along, so that the terminal's buffer does not fill up.
    try await eventually("the end") { !terminal.text.isEmpty && !child.isRunning }
    let screen = terminal.screen
    #expect(screen.suffix(44).first == "+-----+--+")
    #expect(screen.filter { $0.hasPrefix("|key") }.suffix(40).count == 40)
    #expect(screen.last == "+-----+--+")
  }

  @Test func aPipeGetsNoControlCodes() async throws {
    let place = try Sales.workplace()
    try place.write("q.sql", Sales.hourly)
    let run = try await Program.run(["run", "q.sql", "--once", "--format", "table"], in: place)
    #expect(!run.output.contains("\u{1B}"))
    #expect(!run.errors.contains("\u{1B}"))
  }
}
