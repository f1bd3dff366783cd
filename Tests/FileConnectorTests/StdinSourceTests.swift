import Foundation
import Testing
import TidemillColumns
import TidemillConnectors

@testable import LocalConnectors

/// A pipe whose reading end is given to a source.
private final class TestPipe {
  let pipe = Pipe()

  var descriptor: Int32 { pipe.fileHandleForReading.fileDescriptor }

  func send(_ text: String) throws { try pipe.fileHandleForWriting.write(contentsOf: Data(text.utf8)) }

  func end() throws { try pipe.fileHandleForWriting.close() }
}

@Suite struct StdinSourceTests {
  let files = TestFiles()

  /// Takes slices until there are `count` rows or the input has ended.
  private func take(
    _ count: Int, from position: SourcePosition = .beginning, _ source: StdinSource, byteLimit: Int = 1 << 20
  ) async throws -> (rows: [String], slices: [SourceSlice], end: SourcePosition) {
    var rows: [String] = []
    var slices: [SourceSlice] = []
    var position = position
    while rows.count < count {
      guard let slice = try await source.nextSlice(after: position, byteLimit: byteLimit, isFinal: false) else {
        if source.hasEnded { break }
        try await source.waitForInput(timeout: .seconds(3600))
        continue
      }
      rows += try texts(source, slice)
      slices.append(slice)
      position = slice.end
    }
    return (rows, slices, position)
  }

  @Test func linesComeAsTheyArriveAndTheLastOneCountsAtTheEnd() async throws {
    let pipe = TestPipe()
    let source = try StdinSource(format: TestLines(), descriptor: pipe.descriptor)
    try pipe.send("one\ntwo\nthr")
    let first = try await take(2, source)
    #expect(first.rows == ["one", "two"])
    #expect(!source.hasEnded)
    try pipe.send("ee")
    try pipe.end()
    let rest = try await take(.max, from: first.end, source)
    #expect(rest.rows == ["three"])
    #expect(source.hasEnded)
    #expect(source.line(of: "stdin", offset: 8) == 3)
  }

  @Test func everyByteLimitGivesTheSameRows() async throws {
    for limit in 1...20 {
      let pipe = TestPipe()
      let source = try StdinSource(
        format: TestLines(hasHeader: true), descriptor: pipe.descriptor, spoolDirectory: "spool", files: TestFiles(),
        pieceSize: 3, segmentSize: 8)
      try pipe.send("h\r\none\n\ntwo and more\nbad\nthree")
      try pipe.end()
      #expect(try await take(.max, source, byteLimit: limit).rows == ["h=one", "h=two and more", "h=three"])
    }
  }

  @Test func whatASliceNamesIsDurableBeforeItIsHandedOut() async throws {
    let pipe = TestPipe()
    let source = try StdinSource(
      format: TestLines(), descriptor: pipe.descriptor, spoolDirectory: "spool", files: files)
    try pipe.send("one\n")
    _ = try await take(1, source)
    let name = "spool/spool-00000000000000000000.lines"
    #expect(files.log.last == "sync \(name)")
    #expect(files.text(name) == "one\n")
    try pipe.end()
  }

  @Test func aRestartedJobReadsTheSpoolThenTheNewInput() async throws {
    let pipe = TestPipe()
    let first = try StdinSource(
      format: TestLines(hasHeader: true), descriptor: pipe.descriptor, spoolDirectory: "spool", files: files,
      segmentSize: 4)
    try pipe.send("h\none\n")
    let taken = try await take(1, first)
    try pipe.send("two\nthree\n")
    try pipe.end()
    let all = try await take(.max, from: taken.end, first)
    #expect(all.rows == ["h=two", "h=three"])
    // As a crash leaves it: a line that is not whole.
    let last = try #require(try files.names(in: "spool").last)
    files.put("spool/" + last, try #require(files.text("spool/" + last)) + "torn")

    let second = TestPipe()
    try second.send("k\nfour\n")
    try second.end()
    let restarted = try StdinSource(
      format: TestLines(hasHeader: true), descriptor: second.descriptor, spoolDirectory: "spool", files: files)
    #expect(try (taken.slices + all.slices).flatMap { try texts(restarted, $0) } == ["h=one", "h=two", "h=three"])
    #expect(try await take(.max, from: taken.end, restarted).rows == ["h=two", "h=three", "k=four"])
  }

  @Test func releasedSegmentsAreRemovedButForTheLast() async throws {
    let pipe = TestPipe()
    let source = try StdinSource(
      format: TestLines(), descriptor: pipe.descriptor, spoolDirectory: "spool", files: files, segmentSize: 1)
    var position = SourcePosition.beginning
    var slices: [SourceSlice] = []
    for line in ["one\n", "two\n", "three\n"] {
      try pipe.send(line)
      let taken = try await take(1, from: position, source)
      slices += taken.slices
      position = taken.end
    }
    #expect(try files.names(in: "spool").count == 3)
    try await source.release(before: slices[0].end)
    #expect(try files.names(in: "spool").count == 2)
    try await source.release(before: position)
    #expect(try files.names(in: "spool") == ["spool-00000000000000000008.lines"])
    let restarted = try StdinSource(
      format: TestLines(), descriptor: TestPipe().descriptor, spoolDirectory: "spool", files: files)
    let error = await tidemillError { _ = try texts(restarted, slices[0]) }
    #expect(error?.message.contains("spool-00000000000000000000.lines lacks the bytes 0 to 4") == true)
    try pipe.end()
  }

  @Test func readingPausesWhenTheJobIsTooFarBehind() async throws {
    let path = NSTemporaryDirectory() + "tidemill-\(UUID().uuidString)"
    let line = String(repeating: "x", count: 99) + "\n"
    try Data(String(repeating: line, count: 20_000).utf8).write(to: URL(fileURLWithPath: path))
    let handle = try #require(FileHandle(forReadingAtPath: path))
    let source = try StdinSource(format: TestLines(), descriptor: handle.fileDescriptor, readAheadLimit: 100_000)
    var rows = 0
    var position = SourcePosition.beginning
    while !source.hasEnded {
      guard let slice = try await source.nextSlice(after: position, byteLimit: 1 << 30, isFinal: false) else {
        try await source.waitForInput(timeout: .seconds(3600))
        continue
      }
      #expect(slice.byteCount < 100_000 + 2 * 65_536)
      rows += try texts(source, slice).count
      position = slice.end
      try await source.release(before: position)
    }
    #expect(rows == 20_000)
    try FileManager.default.removeItem(atPath: path)
  }

  @Test func aFailureToSpoolEndsTheSourceWithAnError() async throws {
    files.fail("create spool/spool-00000000000000000000.lines")
    let pipe = TestPipe()
    let source = try StdinSource(
      format: TestLines(), descriptor: pipe.descriptor, spoolDirectory: "spool", files: files)
    try pipe.send("one\n")
    await #expect(throws: TestFailure.self) { _ = try await take(1, source) }
    #expect(!source.hasEnded)
    try pipe.end()
  }
}
