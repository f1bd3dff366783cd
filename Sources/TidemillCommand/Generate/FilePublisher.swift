import SalesData
import Tidemill
import TidemillFiles

#if canImport(Darwin)
  import Darwin
#elseif canImport(Musl)
  import Musl
#else
  import Glibc
#endif

/// Writes rows into files that appear as a whole: under a name that begins with a dot first, then renamed.
struct FilePublisher {
  let directory: String
  let files: Int
  /// Rows per second; `nil`: as fast as possible.
  let rate: Int?

  private static let rowsAtATime = 4096

  func publish(_ generator: SalesGenerator) throws {
    var generator = generator
    let system = LocalFileSystem()
    try system.createDirectory(directory)
    let shape = generator.options.shape
    let ending = shape == .csv ? "csv" : "json"
    let width = max(5, String(files).count)
    let paths = (1...files).map { number in
      let digits = String(number)
      return "sales-\(String(repeating: "0", count: width - digits.count))\(digits).\(ending)"
    }
    if let taken = paths.first(where: { system.exists(Paths.join(directory, $0)) }) {
      throw TidemillError(
        .badInput, "\(Paths.join(directory, taken)) is already there", hint: "name another directory, or remove its files")
    }
    let buffer = UnsafeMutablePointer<UInt8>.allocate(capacity: Self.rowsAtATime * shape.longestLine)
    defer { buffer.deallocate() }
    let began = ContinuousClock.now
    for (index, name) in paths.enumerated() {
      let end = generator.options.rows * (index + 1) / files
      let temporary = Paths.join(directory, ".\(name)")
      let file = try OutputFile(temporary)
      try file.write(shape.header.utf8Start, shape.header.utf8CodeUnitCount)
      while generator.written < end {
        let rows = min(Self.rowsAtATime, end - generator.written)
        try file.write(buffer, generator.write(rows, to: buffer))
      }
      if let rate { Self.sleep(until: began + .seconds(Double(end) / Double(rate))) }
      try system.rename(temporary, to: Paths.join(directory, name))
    }
  }

  private static func sleep(until time: ContinuousClock.Instant) {
    while true {
      let rest = (time - .now).wholeMicroseconds
      if rest <= 0 { return }
      usleep(UInt32(min(rest, 500_000)))
    }
  }
}

/// A file that is written from memory that nobody copies first.
private final class OutputFile {
  private let path: String
  private let descriptor: Int32

  init(_ path: String) throws {
    self.path = path
    descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o666)
    if descriptor < 0 { throw FileError(.create, path, code: errno) }
  }

  deinit { _ = close(descriptor) }

  func write(_ bytes: UnsafePointer<UInt8>, _ count: Int) throws {
    do {
      try Descriptor.write(UnsafeRawBufferPointer(start: bytes, count: count), to: descriptor)
    } catch {
      throw FileError(.write, path, code: error.code)
    }
  }
}
