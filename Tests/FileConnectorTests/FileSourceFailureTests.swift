import Foundation
import Testing
import TidemillColumns
import TidemillConnectors

@testable import FileConnector

@Suite struct FileSourceFailureTests {
  let directory: TestDirectory

  init() throws { directory = try TestDirectory() }

  func source(_ path: String? = nil) throws -> FileSource {
    try FileSource(path: path ?? directory.path, format: TestLines(), formatName: "text")
  }

  @Test func replayOfAFileThatIsGoneNamesItAndItsRange() async throws {
    try directory.write("a", "one\n")
    let read = try await readAll(try source())
    try directory.remove("a")
    let error = await tidemillError { _ = try texts(try source(), read.slices[0]) }
    #expect(error?.message == "\(directory.full("a")) is gone: bytes 0 to 4 of it are needed again")
  }

  @Test func replayOfAFileThatIsShorterNamesItAndItsRange() async throws {
    try directory.write("a", "one\ntwo\n")
    let read = try await readAll(try source())
    try directory.write("a", "one\n")
    let error = await tidemillError { _ = try texts(try source(), read.slices[0]) }
    #expect(error?.message == "\(directory.full("a")) is shorter than it was: bytes 0 to 8 are needed, it ends at 4")
  }

  @Test func replayOfAFileWithOtherContentNamesIt() async throws {
    try directory.write("a", "one\ntwo\n")
    let read = try await readAll(try source())
    try directory.remove("a")
    try directory.write("a", "one\ntwx\n")
    let error = await tidemillError { _ = try texts(try source(), read.slices[0]) }
    #expect(error?.message.hasPrefix("\(directory.full("a")) has changed: bytes 0 to 8") == true)
  }

  @Test func replayOfAFileThatWasCopiedBackOrGrewIsFine() async throws {
    try directory.write("a", "one\ntwo\n")
    let read = try await readAll(try source())
    try directory.remove("a")
    try directory.write("a", "one\ntwo\nthree\n")
    #expect(try texts(try source(), read.slices[0]) == ["one", "two"])
  }

  @Test func aFileThatShrinksStopsTheSourceByName() async throws {
    let source = try source()
    try directory.write("a", "one\ntwo\n")
    let read = try await readAll(source)
    try directory.write("a", "new\n")
    let error = await tidemillError { _ = try await readAll(source, from: read.end) }
    #expect(error?.message == "\(directory.full("a")) is shorter than it was: 8 bytes of it were read, it now has 4")
    #expect(error?.hint?.contains("rotate") == true)
  }

  @Test func aFileThatIsReplacedByALongerOneStopsTheSourceByName() async throws {
    let source = try source()
    try directory.write("a", "one\n")
    let read = try await readAll(source)
    try directory.write("a", "other and longer\n")
    let error = await tidemillError { _ = try await readAll(source, from: read.end) }
    #expect(error?.message.contains("was replaced") == true)
  }

  @Test func aFileThatWasReadMayGoAndIsNotReadAgainWhenItComesBack() async throws {
    let source = try source()
    try directory.write("a", "one\n")
    try directory.write("b", "two\n")
    var read = try await readAll(source)
    try directory.remove("a")
    for _ in 0..<2 { #expect(try await readAll(source, from: read.end).rows == []) }
    try directory.append("b", "three\n")
    read = try await readAll(source, from: read.end)
    #expect(read.rows == ["three"])
    try directory.write("a", "one\n")
    #expect(try await readAll(source, from: read.end).rows == [])
  }

  @Test func aFileThatGoesWhenHalfOfItIsReadStopsTheSourceByName() async throws {
    let source = try source()
    try directory.write("a", "one\ntwo\n")
    let slice = try #require(try await source.nextSlice(after: .beginning, byteLimit: 4, isFinal: false))
    #expect(!slice.reachesEnd)
    try directory.remove("a")
    let error = await tidemillError { _ = try await readAll(source, from: slice.end) }
    #expect(error?.message == "\(directory.full("a")) was removed when only its first 4 of 8 bytes were read")
    #expect(try await readAll(source, from: slice.end).rows == [])
  }

  @Test func aFileThatIsRenamedBeforeItIsReadIsReadUnderItsNewName() async throws {
    let source = try source()
    try directory.write("a", "one\n")
    try directory.write("b.tmp", "two\n")
    let slice = try #require(try await source.nextSlice(after: .beginning, byteLimit: 4, isFinal: false))
    try directory.rename("b.tmp", "b")
    #expect(try await readAll(source, from: slice.end).rows == ["two"])
  }

  @Test func aTruncatedFileThatIsBeingReadGivesAnErrorAndNoTrap() async throws {
    let source = try source()
    try directory.write("a", "one\ntwo\n")
    let slice = try #require(try await source.nextSlice(after: .beginning, byteLimit: 100, isFinal: false))
    let task = try source.tasks(for: slice)[0]
    try directory.write("a", "")
    #expect(await tidemillError { _ = try task.read(latest: .distantFuture) }?.message.contains("ends at 0") == true)
  }

  @Test func filesReadBeforeAReleasedPositionMayBeRemoved() async throws {
    let source = try source()
    try directory.write("a", "one\n")
    try directory.write("b", "two\nthree")
    let read = try await readAll(source)
    #expect(source.releasableInputs == [])
    try await source.release(before: read.end)
    #expect(source.releasableInputs == [directory.full("a")])
  }

  @Test func aMissingDirectoryIsAnErrorThatSaysWhatToDo() async throws {
    let path = directory.full("nowhere")
    let error = await tidemillError { _ = try source(path) }
    #expect(error?.message == "there is no file or directory \(path)")
    #expect(error?.hint != nil)
  }

  @Test func filesOfOtherFormatsAreRefusedByName() async throws {
    try directory.write("a.json.bz2", "x")
    let error = await tidemillError { _ = try await readAll(try source()) }
    #expect(error?.code == .unsupported)
    #expect(error?.message.contains("a.json.bz2") == true)
  }

  @Test func anUnreadableFileIsNamed() async throws {
    try directory.write("a", "one\n")
    try FileManager.default.setAttributes([.posixPermissions: 0], ofItemAtPath: directory.full("a"))
    let error = await tidemillError { _ = try await readAll(try source()) }
    // Root may read everything.
    if getuid() != 0 { #expect(error?.message.contains(directory.full("a")) == true) }
  }

  @Test func damagedPositionsAndRecordsAreErrorsNotTraps() async throws {
    try directory.write("a", "one\ntwo\n")
    let read = try await readAll(try source())
    for count in 1..<read.end.bytes.count {
      let cut = SourcePosition(Array(read.end.bytes.prefix(count)))
      #expect(await tidemillError { _ = try await readAll(try source(), from: cut) }?.code == .checkpoint)
    }
    for count in 0..<read.slices[0].record.count {
      var slice = read.slices[0]
      slice.record = Array(slice.record.prefix(count))
      #expect(await tidemillError { _ = try texts(try source(), slice) }?.code == .checkpoint)
    }
  }

  @Test func aSourceGoesOnAfterAnErrorThatWasPutRight() async throws {
    let source = try source()
    try directory.write("a", "one\n")
    let read = try await readAll(source)
    try directory.write("b.gz", "x")
    try directory.write("c", "two\n")
    #expect(await tidemillError { _ = try await readAll(source, from: read.end) } != nil)
    try directory.remove("b.gz")
    #expect(try await readAll(source, from: read.end).rows == ["two"])
  }
}
