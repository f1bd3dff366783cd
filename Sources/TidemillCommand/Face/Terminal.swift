#if canImport(Darwin)
  import Darwin
#elseif canImport(Musl)
  import Musl
#else
  import Glibc
#endif

/// What stands at the other end of a descriptor.
struct Terminal: Sendable {
  static let standardOutput = Terminal(descriptor: 1)
  static let standardError = Terminal(descriptor: 2)

  private let descriptor: Int32
  let isTerminal: Bool
  /// `NO_COLOR` turns colours off, whatever it is set to.
  let hasColor: Bool

  init(descriptor: Int32) {
    self.descriptor = descriptor
    let type = getenv("TERM").map { String(cString: $0) }
    isTerminal = isatty(descriptor) == 1
    hasColor = isTerminal && getenv("NO_COLOR").map { $0.pointee == 0 } ?? true && type != "dumb"
  }

  /// Whether lines can be drawn over.
  var canRedraw: Bool { isTerminal && getenv("TERM").map { String(cString: $0) } != "dumb" }

  /// Rows and columns, as they are now.
  var size: (rows: Int, columns: Int) {
    var size = winsize()
    guard ioctl(descriptor, UInt(TIOCGWINSZ), &size) == 0, size.ws_row > 0, size.ws_col > 0 else { return (24, 80) }
    return (Int(size.ws_row), Int(size.ws_col))
  }
}
