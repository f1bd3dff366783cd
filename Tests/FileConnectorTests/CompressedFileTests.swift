import Foundation
import Testing
import TidemillColumns
import TidemillConnectors

@testable import FileConnector

@Suite struct CompressedFileTests {
  let directory: TestDirectory

  init() throws { directory = try TestDirectory() }

  func source(
    _ path: String? = nil, hasHeader: Bool = false, compression: Compression = .auto
  ) throws -> FileSource {
    try FileSource(
      path: path ?? directory.path, format: TestLines(hasHeader: hasHeader), formatName: "text", compression: compression)
  }

  func put(_ name: String, _ bytes: [UInt8]) throws { try Data(bytes).write(to: URL(fileURLWithPath: directory.full(name))) }

  func rows(_ source: FileSource) async throws -> [String] { try await readAll(source, isFinal: true).rows }

  static let lines = (0..<90_000).map { "line \($0) \($0 &* 2_654_435_761 % 1_000_003)" }

  @Test func aPlainBuildRefusesWhatItCannotRead() async throws {
    for codec in [Codec.gzip, .zstd] where !codec.isBuiltIn {
      try put("a.json" + codec.ending, [1])
      let error = await tidemillError { _ = try await rows(try source()) }
      #expect(error?.code == .unsupported)
      #expect(error?.message.contains("a.json" + codec.ending) == true)
      #expect(error?.hint?.contains("--traits \(codec.trait)") == true)
      try directory.remove("a.json" + codec.ending)
    }
  }

  @Test(arguments: Codec.builtIn)
  func aFileOfManyBatchesGivesTheRowsOfItsText(codec: Codec) async throws {
    let text = Self.lines.joined(separator: "\n")
    try put("a" + codec.ending, codec.compress("one\n\nbad\ntwo\r\nthree"))
    try put("b" + codec.ending, codec.compress(text))
    try directory.write("c", "plain\n")
    let read = try await readAll(try source(), isFinal: true)
    #expect(read.rows == ["one", "two\r", "three"] + Self.lines + ["plain"])
    #expect(read.slices[0].byteCount == FileManager.default.sizes(directory.path))
    var count = 0
    var offsets: [Int] = []
    var batches = 0
    for task in try source().tasks(for: read.slices[0]) {
      var next: (any ReadTask)? = task
      while let task = next {
        let result = try task.read(latest: .distantFuture)
        count += result.byteCount
        offsets += result.rejected.map(\.offset)
        batches += 1
        next = result.rest
      }
    }
    #expect(count == read.slices[0].byteCount)
    #expect(offsets == [5])
    #expect(batches > 3)
  }

  @Test(arguments: Codec.builtIn)
  func readingAgainGivesTheSameChecksums(codec: Codec) async throws {
    try put("b" + codec.ending, codec.compress(Self.lines.joined(separator: "\n")))
    let slice = try #require(try await source().nextSlice(after: .beginning, byteLimit: 1, isFinal: true))
    func sum() throws -> UInt64 {
      var sum: UInt64 = 0
      var next: (any ReadTask)? = try source().tasks(for: slice)[0]
      while let task = next {
        let result = try task.read(latest: .distantFuture)
        sum &+= result.checksum!.value
        next = result.rest
      }
      return sum
    }
    #expect(try sum() == sum())
  }

  @Test(arguments: Codec.builtIn)
  func membersAreOneText(codec: Codec) async throws {
    try put("a" + codec.ending, codec.compress("one\nt") + codec.compress("") + codec.compress("wo\nthree\n"))
    #expect(try await rows(try source()) == ["one", "two", "three"])
    try put("a" + codec.ending, codec.compress(""))
    #expect(try await rows(try source()) == [])
    try put("a" + codec.ending, [])
    #expect(try await rows(try source()) == [])
  }

  @Test(arguments: Codec.builtIn)
  func aHeaderIsTheFirstLineAlsoOfMembersAddedLater(codec: Codec) async throws {
    let name = "a" + codec.ending
    let first = codec.compress("head\r\none\n")
    try put(name, first)
    let source = try source(hasHeader: true)
    var read = try await readAll(source, isFinal: true)
    #expect(read.rows == ["head=one"])
    try put(name, first + codec.compress("two\nthree"))
    read = try await readAll(source, from: read.end, isFinal: true)
    #expect(read.rows == ["head=two", "head=three"])
    try put(name, codec.compress("another\nfile, longer than both of them together\n") + first + first)
    let error = await tidemillError { _ = try await readAll(source, from: read.end, isFinal: true) }
    #expect(error?.message.contains("was replaced") == true)
  }

  @Test(arguments: Codec.builtIn)
  func aFileThatIsCutOffIsAnErrorThatNamesIt(codec: Codec) async throws {
    let name = "a" + codec.ending
    let bytes = codec.compress("one\ntwo\nthree\n")
    for count in 1..<bytes.count {
      try put(name, Array(bytes.prefix(count)))
      let error = await tidemillError { _ = try await rows(try source()) }
      #expect(error?.code == .badInput)
      #expect(error?.message.contains(directory.full(name)) == true)
      #expect(error?.message.contains("at byte \(count):") == true, "\(error?.message ?? "no error")")
    }
    try put(name, bytes + [0x20])
    #expect(await tidemillError { _ = try await rows(try source()) }?.code == .badInput)
  }

  @Test(arguments: Codec.builtIn)
  func damageGivesAnErrorAndNeverOtherRows(codec: Codec) async throws {
    let name = "a" + codec.ending
    let bytes = codec.compress("one\ntwo\nthree\n")
    var errors = 0
    for place in bytes.indices {
      for bit in 0..<8 {
        var damaged = bytes
        damaged[place] ^= 1 << UInt8(bit)
        try put(name, damaged)
        do {
          // Some bits of headers mean nothing.
          #expect(try await rows(try source()) == ["one", "two", "three"])
        } catch {
          errors += 1
          #expect((error as? TidemillError)?.message.contains(directory.full(name)) == true)
        }
      }
    }
    #expect(errors > bytes.count * 4)
  }

  @Test(arguments: Codec.builtIn)
  func aLineWithoutEndIsAnErrorBeforeItFillsTheMemory(codec: Codec) async throws {
    let blank = String(repeating: "a", count: 1 << 20)
    let member = codec.compress(blank)
    try put("a" + codec.ending, codec.compress("one\n") + (0..<130).flatMap { _ in member })
    let error = await tidemillError { _ = try await rows(try source()) }
    #expect(error?.message.contains("a line of more than 64 MiB") == true)
  }

  @Test(arguments: Codec.builtIn)
  func aFileIsTakenOnceItNoLongerGrows(codec: Codec) async throws {
    let name = "a" + codec.ending
    let bytes = codec.compress("one\ntwo\n")
    let source = try source()
    try put(name, Array(bytes.prefix(5)))
    #expect(try await readAll(source).rows == [])
    try put(name, bytes)
    #expect(try await readAll(source).rows == [])
    try await source.waitForInput(timeout: .zero)
    let read = try await readAll(source)
    #expect(read.rows == ["one", "two"])
    #expect(try await readAll(source, from: read.end).rows == [])
    try await source.release(before: read.end)
    #expect(source.releasableInputs == [directory.full(name)])
    #expect(source.line(of: directory.full(name), offset: 4) == nil)
  }

  @Test(arguments: Codec.builtIn)
  func theOptionSaysMoreThanTheName(codec: Codec) async throws {
    try put("a.log", codec.compress("one\n"))
    #expect(try await rows(try source(compression: codec == .gzip ? .gzip : .zstd)) == ["one"])
    try directory.remove("a.log")
    try directory.write("a" + codec.ending, "plain\n")
    #expect(try await rows(try source(compression: .none)) == ["plain"])
  }

  @Test(arguments: Codec.builtIn)
  func aSampleIsDecompressed(codec: Codec) throws {
    try put("a" + codec.ending, codec.compress(Self.lines.joined(separator: "\n")))
    let sample = try FileSample.read(path: directory.path, byteLimit: 1000)
    #expect(sample == Array(Self.lines.joined(separator: "\n").utf8.prefix(1000)))
  }
}

extension FileManager {
  /// Of all files in a directory.
  fileprivate func sizes(_ path: String) -> Int {
    let names = (try? contentsOfDirectory(atPath: path)) ?? []
    return names.reduce(0) { sum, name in
      sum + (((try? attributesOfItem(atPath: path + "/" + name))?[.size] as? Int) ?? 0)
    }
  }
}
