import FileConnector
import Foundation
import Testing
import TidemillColumns
import TidemillConnectors
import TidemillFormats

@Suite struct CSVPiecesTests {
  @Test(arguments: [1, 3, 7, 1 << 20])
  func aFileWithAHeaderGivesTheSameRowsInPiecesSmallerThanItsLines(pieceSize: Int) async throws {
    let path = FileManager.default.temporaryDirectory.appending(path: "pieces-\(UUID().uuidString).csv").path
    defer { try? FileManager.default.removeItem(atPath: path) }
    try "v,k\n1,a long name\n2,another long name\n".write(toFile: path, atomically: true, encoding: .utf8)
    let schema = Schema(Field("k", .string), Field("v", .int))
    let format = try CSVFormat(
      request: ReadRequest(schema: schema), declared: schema, options: CSVOptions(["header": "true"]))
    let source = try FileSource(path: path, format: format, formatName: "csv", pieceSize: pieceSize)
    let slice = try #require(
      try await source.nextSlice(after: .beginning, byteLimit: 1 << 20, isFinal: true))
    let rows = try source.tasks(for: slice).flatMap { try $0.read(latest: .distantFuture).batch.rows }
    #expect(rows == [[.string("a long name"), .integer(1)], [.string("another long name"), .integer(2)]])
  }
}
