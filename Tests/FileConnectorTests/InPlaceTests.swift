import Foundation
import Synchronization
import Testing
import TidemillColumns
import TidemillConnectors
import TidemillFormats

@testable import FileConnector

/// Calls `interfere` in the middle of reading in place.
private struct DisturbedLines: RecordFormat {
  let interfere: @Sendable () throws -> Void

  func decode(
    _ bytes: UnsafeBufferPointer<UInt8>, origin: String, offset: Int, latest: EventTime
  ) throws -> ReadResult { try TestLines().decode(bytes, origin: origin, offset: offset, latest: latest) }

  func wantsInPlace() -> Bool { true }

  func decodeInPlace(
    _ bytes: UnsafeBufferPointer<UInt8>, origin: String, offset: Int, latest: EventTime
  ) throws -> ReadResult? {
    try interfere()
    return try TestLines().decode(bytes, origin: origin, offset: offset, latest: latest)
  }
}

@Suite struct InPlaceTests {
  let directory: TestDirectory
  /// In whose eyes all files have been at rest for long.
  private let windows = FileWindowPool(pieceSize: 2 << 20) { .max }

  init() throws { directory = try TestDirectory() }

  private func json() -> JSONFormat {
    JSONFormat(request: ReadRequest(schema: Schema(Field("id", .string), Field("n", .bigint)), eventTime: nil))
  }

  private func tasks(
    _ name: String, _ format: any RecordFormat, pieceSize: Int, windows: FileWindowPool?
  ) async throws -> [FileTask] {
    let source = try FileSource(path: directory.full(name), format: format, formatName: "text", pieceSize: pieceSize)
    let slice = try #require(try await source.nextSlice(after: .beginning, byteLimit: .max, isFinal: true))
    return try source.tasks(for: slice).map { task in
      var task = try #require(task as? FileTask)
      task.windows = windows
      return task
    }
  }

  private func readInPlace(_ task: FileTask) throws -> ReadResult? {
    guard let file = try PosixFile(path: task.path) else { throw TestFailure(operation: "open") }
    return try task.readInPlace(file, latest: .distantFuture)
  }

  @Test(arguments: [48, 100, 1000, 4096, 70_000, 1 << 20])
  func whatIsReadInPlaceIsWhatACopyGives(pieceSize: Int) async throws {
    var lines: [String] = []
    for n in 0..<6000 {
      let id = String(repeating: "x", count: n % 40) + "é"
      lines.append("{\"id\":\"\(id)\",\"n\":\(n &* 7919)}")
    }
    try directory.write("a", lines.joined(separator: "\n") + "\n")
    let format = json()
    let copied = try await tasks("a", format, pieceSize: pieceSize, windows: nil).map {
      try $0.read(latest: .distantFuture)
    }
    let inPlace = try await tasks("a", format, pieceSize: pieceSize, windows: windows)
    var count = 0
    for (expected, task) in zip(copied, inPlace) {
      guard let result = try readInPlace(task) else { continue }
      count += 1
      #expect(result.batch.rows == expected.batch.rows)
      #expect(result.byteCount == expected.byteCount)
      #expect(result.checksum?.value == expected.checksum?.value)
      #expect(result.checksum?.origin == expected.checksum?.origin)
    }
    // The first is not tried. Of the shortest pieces there is nothing to learn; in some no line begins.
    if pieceSize >= 1000 { #expect(count == inPlace.count - 1) }
  }

  @Test func aSmallFileFirstDoesNotKeepALargeOneFromBeingReadInPlace() async throws {
    let line = "{\"id\":\"a\",\"n\":1}\n"
    try directory.write("a", String(repeating: line, count: 20))
    try directory.write("b", String(repeating: line, count: 20_000))
    let format = json()
    _ = try await tasks("b", format, pieceSize: 1 << 20, windows: nil)[0].read(latest: .distantFuture)
    #expect(!format.wantsInPlace())
    for name in ["a", "b"] {
      #expect(try readInPlace(try await tasks(name, format, pieceSize: 1 << 20, windows: windows)[0]) != nil, "\(name)")
    }
  }

  /// Such a piece is read twice, so that must not go on.
  @Test func streamsWithRejectedRowsAreCopied() throws {
    let schema = Schema(Field("id", .string), Field("at", .timestamp))
    let format = JSONFormat(request: ReadRequest(schema: schema, eventTime: 1))
    let good = String(repeating: "{\"id\":\"a\",\"at\":\"2026-01-01T00:00:00Z\"}\n", count: 50)
    let text = Array((good + "{\"id\":\"a\",\"at\":null}\n").utf8)
    var tries = 0
    try (text + Array(repeating: 0, count: 100)).withUnsafeBufferPointer { bytes in
      let bytes = UnsafeBufferPointer(rebasing: bytes[..<text.count])
      for _ in 0..<100 where format.wantsInPlace() {
        tries += 1
        let inPlace = try format.decodeInPlace(bytes, origin: "a", offset: 1, latest: .distantFuture)
        #expect(inPlace == nil)
        let copied = try format.decode(bytes, origin: "a", offset: 1, latest: .distantFuture)
        #expect(copied.rejected.count == 1)
      }
    }
    #expect((2...8).contains(tries), "\(tries)")
  }

  @Test func sourcesReadInPlaceOnceThatIsAllowed() async throws {
    try directory.write("a", "one\n")
    InPlaceReading.allow()
    let source = try FileSource(path: directory.full("a"), format: TestLines(), formatName: "text")
    let slice = try #require(try await source.nextSlice(after: .beginning, byteLimit: .max, isFinal: true))
    let task = try #require(try source.tasks(for: slice)[0] as? FileTask)
    #expect(task.windows != nil)
  }

  @Test func aWindowThatFailsIsNotUsedAgain() throws {
    // A file that no system maps, whatever its size is said to be.
    guard let device = try PosixFile(path: "/dev/null") else { throw TestFailure(operation: "open") }
    var status = try device.status()
    status.size = 10
    #expect(look(device, status, 0..<10) == nil)
    try directory.write("a", "0123456789")
    #expect(try look("a", 0..<10) == nil)
  }

  @Test func piecesOfAStretchShareAWindow() throws {
    try directory.write("a", String(repeating: "0123456789", count: 100_000))
    let pool = FileWindowPool(pieceSize: 70_000) { .max }
    guard let file = try PosixFile(path: directory.full("a")) else { throw TestFailure(operation: "open") }
    let status = try file.status()
    let checked: Bool? = pool.withWindow(onto: file, status, 5..<100) { first, base in
      #expect(base.load(as: UInt8.self) == UInt8(ascii: "5"))
      return pool.withWindow(onto: file, status, 200_007..<270_007) { second, base in
        #expect(first === second)
        #expect(base.load(fromByteOffset: 69_999, as: UInt8.self) == UInt8(ascii: "6"))
        // The next stretch needs another one, and what was seen stays.
        return pool.withWindow(onto: file, status, 999_990..<1_000_000) { third, other in
          #expect(third !== first)
          #expect(other.load(as: UInt8.self) == UInt8(ascii: "0"))
          return base.load(as: UInt8.self) == UInt8(ascii: "7")
        }
      }
    }
    #expect(checked == true)
    let beyond: Bool? = pool.withWindow(onto: file, status, 999_990..<1_000_001) { _, _ in true }
    #expect(beyond == nil)
  }

  @Test func aFileThatHasChangedIsShownAnew() throws {
    try directory.write("a", String(repeating: "x", count: 200_000))
    #expect(try look("a", 199_999..<200_000) == UInt8(ascii: "x"))
    // A torn window must not be taken for one onto the file, even if its times were the same.
    guard let file = try PosixFile(path: directory.full("a")) else { throw TestFailure(operation: "open") }
    let status = try file.status()
    #expect(truncate(directory.full("a"), 10) == 0)
    #expect(look(file, status, 199_999..<200_000) == 0)
    try directory.write("a", String(repeating: "y", count: 200_000))
    #expect(look(file, status, 199_999..<200_000) == UInt8(ascii: "y"))
    #expect(try look("a", 0..<1) == UInt8(ascii: "y"))
  }

  /// The byte at the beginning of a range, in place.
  private func look(_ name: String, _ range: Range<Int>) throws -> UInt8? {
    guard let file = try PosixFile(path: directory.full(name)) else { throw TestFailure(operation: "open") }
    return look(file, try file.status(), range)
  }

  private func look(_ file: borrowing PosixFile, _ status: FileStatus, _ range: Range<Int>) -> UInt8? {
    windows.withWindow(onto: file, status, range) { $1.load(as: UInt8.self) }
  }

  #if os(Linux)
    @Test func aFileThatWasReadIsLetGo() throws {
      try directory.write("a", "0123456789")
      let path = directory.full("a")
      // To its end, however long it is: the system gives a page of it at a time, and Foundation may take less for the end.
      func isMapped() throws -> Bool {
        guard let maps = try PosixFile(path: "/proc/self/maps") else { throw TestFailure(operation: "open") }
        let bytes = try [UInt8](unsafeUninitializedCapacity: 16 << 20) { buffer, count in
          count = try maps.read(into: UnsafeMutableRawBufferPointer(buffer), at: 0)
        }
        return String(decoding: bytes, as: UTF8.self).contains(path)
      }
      #expect(try look("a", 0..<10) != nil)
      #expect(try isMapped())
      windows.clear()
      #expect(try !isMapped())
      #expect(try look("a", 0..<10) == UInt8(ascii: "0"))
    }
  #endif

  @Test func recordsThatDifferAreReadTheGeneralWay() async throws {
    let line = "{\"id\":\"a\",\"n\":1}\n"
    try directory.write("a", String(repeating: line, count: 300) + "{\"n\":2.5}\n" + String(repeating: line, count: 300))
    let format = json()
    var (rows, rejected) = (0, 0)
    for task in try await tasks("a", format, pieceSize: 1000, windows: windows) {
      let result = try task.read(latest: .distantFuture)
      rows += result.batch.count
      rejected += result.rejected.count
    }
    #expect(rows == 600)
    #expect(rejected == 1)
  }

  @Test func aFileThatMayBeWrittenToIsCopied() async throws {
    try directory.write("a", "one\ntwo\n")
    let status = try #require(try FileStatus(of: directory.full("a")))
    let lately = FileWindowPool(pieceSize: 100_000) { status.changed + 1_999_999_999 }
    let format = DisturbedLines {}
    #expect(try readInPlace(try await tasks("a", format, pieceSize: 4, windows: lately)[0]) == nil)
    let later = FileWindowPool(pieceSize: 100_000) { status.changed + 2_000_000_001 }
    #expect(try readInPlace(try await tasks("a", format, pieceSize: 4, windows: later)[0])?.batch.count == 1)
  }

  @Test func whatChangedWhileItWasReadIsNotBelieved() async throws {
    try directory.write("a", "one\ntwo\n")
    let path = directory.full("a")
    let format = DisturbedLines { try Data("one\nTWO\n".utf8).write(to: URL(fileURLWithPath: path)) }
    let task = try await tasks("a", format, pieceSize: 4, windows: windows)[0]
    #expect(try readInPlace(task) == nil)
  }

  @Test func aFileThatShrinksUnderAReaderIsAnErrorAndNoCrash() async throws {
    try directory.write("a", String(repeating: "0123456\n", count: 100_000))
    let path = directory.full("a")
    let format = DisturbedLines { #expect(truncate(path, 5) == 0) }
    let task = try await tasks("a", format, pieceSize: 400_000, windows: windows)[1]
    #expect(try readInPlace(task) == nil)
    let error = await tidemillError { _ = try task.read(latest: .distantFuture) }
    #expect(error?.message.contains("is shorter than it was") == true)
  }

  @Test func zerosStandInPlaceOfPagesThatAreGone() throws {
    try directory.write("a", String(repeating: "x", count: 300_000))
    let window = try #require(FileWindow(capacity: 300_000))
    guard let file = try PosixFile(path: directory.full("a")), let base = window.show(file, 1..<300_000) else {
      throw TestFailure(operation: "show a")
    }
    #expect(base.load(fromByteOffset: 299_998, as: UInt8.self) == UInt8(ascii: "x"))
    #expect(base.load(fromByteOffset: 299_999, as: UInt8.self) == 0)
    #expect(!window.isTorn)
    #expect(truncate(directory.full("a"), 10) == 0)
    #expect(base.load(fromByteOffset: 200_000, as: UInt8.self) == 0)
    #expect(window.isTorn)
    let tooLong = window.show(file, 0..<500_000)
    #expect(tooLong == nil)
    // The window is good for another file, of which nothing of the first is seen.
    try directory.write("b", "yy")
    guard let other = try PosixFile(path: directory.full("b")), let next = window.show(other, 0..<2) else {
      throw TestFailure(operation: "show b")
    }
    #expect(next.load(as: UInt8.self) == UInt8(ascii: "y"))
    #expect(next.load(fromByteOffset: 100_000, as: UInt8.self) == 0)
    #expect(!window.isTorn)
  }
}
