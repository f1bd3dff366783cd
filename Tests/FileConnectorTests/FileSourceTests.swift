import Testing
import TidemillColumns
import TidemillConnectors

@testable import FileConnector

@Suite struct FileSourceTests {
  let directory: TestDirectory

  init() throws { directory = try TestDirectory() }

  func source(_ path: String? = nil, hasHeader: Bool = false, pieceSize: Int = 1 << 20) throws -> FileSource {
    try FileSource(
      path: path ?? directory.path, format: TestLines(hasHeader: hasHeader), formatName: "text", pieceSize: pieceSize)
  }

  @Test func filesOfOneListingAreReadInByteOrderOfTheirPath() async throws {
    for name in ["b", "a", "é", "z", "B", "day=2/x", "day=10/x"] { try directory.write(name, name + "\n") }
    try directory.write("plain/x", "not read\n")
    try directory.write("_tmp", "not read\n")
    try directory.write(".hidden", "not read\n")
    try directory.write("day=2/_x", "not read\n")
    let all = try await readAll(try source())
    #expect(all.rows == ["B", "a", "b", "day=10/x", "day=2/x", "z", "é"])
    #expect(all.slices.count == 1)
    #expect(all.slices[0].reachesEnd)
  }

  @Test func aFileThatGrowsIsReadOnAndItsUnterminatedLineWaits() async throws {
    let source = try source()
    try directory.write("a", "one\ntw")
    var read = try await readAll(source)
    #expect(read.rows == ["one"])
    #expect(read.slices[0].byteCount == 4)
    #expect(read.slices[0].reachesEnd)
    try directory.append("a", "o")
    read = try await readAll(source, from: read.end)
    #expect(read.rows == [])
    try directory.append("a", "\nthree")
    read = try await readAll(source, from: read.end)
    #expect(read.rows == ["two"])
    read = try await readAll(source, from: read.end, isFinal: true)
    #expect(read.rows == ["three"])
  }

  @Test func aFileRenamedIntoPlaceIsFoundAndOneReadStaysRead() async throws {
    let source = try source()
    try directory.write("b", "b\n")
    try directory.write("_a", "a\n")
    var read = try await readAll(source)
    #expect(read.rows == ["b"])
    try directory.rename("_a", "a")
    read = try await readAll(source, from: read.end)
    #expect(read.rows == ["a"])
    read = try await readAll(source, from: read.end)
    #expect(read.rows == [])
  }

  @Test func everyByteLimitAndPieceSizeGivesTheSameRowsAndOffsets() async throws {
    try directory.write("a", "one\n\ntwo\r\nbad\nlonger line\n")
    try directory.write("b", "x\n" + String(repeating: "y", count: 40) + "\nz")
    let expected = ["one", "two\r", "longer line", "x", String(repeating: "y", count: 40), "z"]
    let total = 26 + 44
    for limit in 1...total + 1 {
      for piece in [1, 2, 3, 7, 64] {
        let source = try source(pieceSize: piece)
        var rejected: [Int] = []
        var bytes = 0
        var position = SourcePosition.beginning
        var rows: [String] = []
        while let slice = try await source.nextSlice(after: position, byteLimit: limit, isFinal: true) {
          for task in try source.tasks(for: slice) {
            let result = try task.read(latest: .distantFuture)
            rows += result.batch.rows.map { $0[0].description }
            rejected += result.rejected.map(\.offset)
            bytes += result.byteCount
          }
          position = slice.end
        }
        #expect(rows == expected, "limit \(limit), pieces of \(piece)")
        #expect(rejected == [10])
        #expect(bytes == total)
      }
    }
  }

  @Test func aSliceNamesTheSameRowsInAnotherProcess() async throws {
    try directory.write("a", "1\n2\n3\n")
    try directory.write("b", "4\n5\n")
    let first = try await readAll(try source(), byteLimit: 4)
    try directory.append("b", "6\n")
    try directory.write("0", "7\n")
    let restarted = try source(pieceSize: 2)
    #expect(try first.slices.flatMap { try texts(restarted, $0) } == ["1", "2", "3", "4", "5"])
    #expect(try await readAll(restarted, from: first.slices[0].end).rows == ["7", "3", "4", "5", "6"])
    #expect(try await readAll(restarted, from: first.end).rows == ["7", "6"])
  }

  @Test func theHeaderOfEachFileAppliesToAllItsPieces() async throws {
    try directory.write("a", "\u{FEFF}h1\r\n1\n2\n")
    try directory.write("b", "h2\n3\n")
    try directory.write("c", "h3 without rows")
    for limit in 1...30 {
      let source = try source(hasHeader: true, pieceSize: 3)
      let read = try await readAll(source, byteLimit: limit, isFinal: true)
      #expect(read.rows == ["h1=1", "h1=2", "h2=3"])
    }
  }

  @Test func aByteOrderMarkIsNoPartOfTheFirstLine() async throws {
    try directory.write("a", "\u{FEFF}one\n")
    #expect(try await readAll(try source()).rows == ["one"])
  }

  @Test func aLineLongerThanAnyBlockIsReadWhole() async throws {
    let long = String(repeating: "x", count: 300_000)
    try directory.write("a", "one\n\(long)\ntwo\n\(long)")
    let source = try source(pieceSize: 1000)
    let read = try await readAll(source, byteLimit: 100)
    #expect(read.rows == ["one", long, "two"])
    #expect(try await readAll(source, from: read.end, isFinal: true).rows == [long])
  }

  @Test func aGlobMatchesNamesAndDirectories() async throws {
    for name in ["x/1.json", "x/2.csv", "y/1.json", "y/deep/3.json", "_z/1.json"] { try directory.write(name, name + "\n") }
    #expect(try await readAll(try source(directory.full("*/*.json"))).rows == ["x/1.json", "y/1.json"])
    #expect(try await readAll(try source(directory.full("**/*.json"))).rows == ["x/1.json", "y/1.json", "y/deep/3.json"])
    #expect(try await readAll(try source(directory.full("[!x]"))).rows == ["y/1.json"])
    #expect(try await readAll(try source(directory.full("none-yet/*.json"))).rows == [])
  }

  @Test func aSingleFileIsASource() async throws {
    try directory.write("app.log", "one\n")
    let source = try source(directory.full("app.log"))
    let read = try await readAll(source)
    #expect(read.rows == ["one"])
    try directory.append("app.log", "two\n")
    #expect(try await readAll(source, from: read.end).rows == ["two"])
  }

  @Test func linesAreCountedForMessages() throws {
    try directory.write("a", "one\ntwo\nthree\n")
    let source = try source()
    let path = directory.full("a")
    #expect([8, 0, 4, 9].map { source.line(of: path, offset: $0) } == [3, 1, 2, 3])
    #expect(source.line(of: path, offset: 99) == nil)
  }

  @Test func waitingReturnsWhenThereIsSomethingToRead() async throws {
    let source = try source()
    try await source.waitForInput(timeout: .zero)
    try directory.write("a", "one\n")
    try await source.waitForInput(timeout: .seconds(3600))
    #expect(try await readAll(source).rows == ["one"])
  }
}
