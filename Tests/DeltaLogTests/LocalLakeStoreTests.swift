import DeltaLog
import Foundation
import DeltaTesting
import Testing

@Suite struct LocalLakeStoreTests {
  private func withStore(_ body: (LocalLakeStore, String) throws -> Void) throws {
    let root = NSTemporaryDirectory() + "tidemill-lake-\(UUID().uuidString)"
    defer { try? FileManager.default.removeItem(atPath: root) }
    try body(LocalLakeStore(root: root), root)
  }

  @Test func filesAreWrittenWholeAndListedInOrder() throws {
    try withStore { store, root in
      #expect(try store.list("", after: nil, recursive: true).isEmpty)
      try store.put("d=1/b", [1, 2, 3])
      try store.put("d=1/b", [4])
      try store.put("d=1/a/c", [5, 6])
      #expect(try store.putIfAbsent("e", [7]))
      #expect(try !store.putIfAbsent("e", [8]))
      #expect(try store.read("e") == [7] && store.read("d=1/b") == [4])
      #expect(try store.list("", after: nil, recursive: true).map(\.path) == ["d=1/a/c", "d=1/b", "e"])
      #expect(try store.list("d=1", after: nil, recursive: false).map(\.path) == ["d=1/b"])
      #expect(try store.list("d=1", after: "b", recursive: false).isEmpty)
      #expect(try store.list("", after: nil, recursive: false).map(\.size) == [1])
      let age = Int(Date().timeIntervalSince1970 * 1000) - (try store.list("", after: nil, recursive: false)[0].modified)
      #expect((-1000..<60_000).contains(age))
      // Nothing is left of the drafts.
      #expect(try FileManager.default.contentsOfDirectory(atPath: root).sorted() == ["d=1", "e"])
      try store.delete("e")
      try store.delete("e")
      let error = #expect(throws: LakeStoreError.self) { try store.read("e") }
      #expect(error?.kind == .notFound)
      #expect(try store.readIfPresent("e") == nil)
    }
  }

  @Test func ofManyWritersOfOneNameOneWins() async throws {
    let root = NSTemporaryDirectory() + "tidemill-lake-\(UUID().uuidString)"
    defer { try? FileManager.default.removeItem(atPath: root) }
    let winners = try await withThrowingTaskGroup(of: UInt8?.self) { group in
      for writer in UInt8(0)..<8 {
        group.addTask { try LocalLakeStore(root: root).putIfAbsent("log/1", [writer, writer]) ? writer : nil }
      }
      return try await group.reduce(into: [UInt8]()) { winners, writer in if let writer { winners.append(writer) } }
    }
    #expect(winners.count == 1)
    #expect(try LocalLakeStore(root: root).read("log/1") == [winners[0], winners[0]])
    #expect(try FileManager.default.contentsOfDirectory(atPath: root + "/log") == ["1"])
  }

  @Test func aTableOnTheDiskIsOneForTwoWriters() throws {
    try withStore { store, _ in
      var mine = DeltaTable(new: store, codec: LineCodec(), now: { 1 })
      try mine.commit(
        DeltaTransaction(
          [.protocol(.ofNewTables), .metadata(TableMetadata(id: "x", schemaString: DeltaSchema([]).text))], reads: .nothing,
          operation: "CREATE TABLE"))
      var theirs = try #require(try DeltaTable.load(store, codec: LineCodec(), now: { 2 }))
      let file = AddedFile(path: "a", size: 1, modificationTime: 1)
      #expect(try theirs.commit(DeltaTransaction([.add(file)], reads: .nothing, operation: "WRITE")) == 1)
      #expect(try mine.commit(DeltaTransaction([.add(file)], reads: .nothing, operation: "WRITE")) == 2)
    }
  }
}
