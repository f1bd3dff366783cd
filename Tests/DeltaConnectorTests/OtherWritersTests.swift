import DeltaTesting
import Testing
import TidemillColumns
import TidemillConnectors
import TidemillPlan

@testable import DeltaConnector
@testable import DeltaLog

/// A table that others change, too.
@Suite struct OtherWritersTests {
  private let lake = TestLake()
  private let date: [String: String?] = ["w_date": "2024-03-01"]

  @Test func rowsOfOthersStayBesideOnesOwn() async throws {
    let sink = lake.sink()
    try await sink.open(Hourly.shape(.append), lastEpoch: .none)
    try await sink.write(Hourly.batch([("a", 1, 0)]), epoch: Epoch(1))
    try lake.appendAsOther(Hourly.batch([("x", 1, 0)]), values: date)
    try await sink.write(Hourly.batch([("b", 2, 0)]), epoch: Epoch(2))
    #expect(try lake.hourly == ["a 1 0", "b 2 0", "x 1 0"])
  }

  @Test func aRowOfAnothersWithAKeyOfOursIsReplaced() async throws {
    let sink = lake.sink()
    try await sink.open(Hourly.shape(), lastEpoch: .none)
    try await sink.write(Hourly.batch([("a", 1, 0)]), epoch: Epoch(1))
    try lake.appendAsOther(Hourly.batch([("b", 7, 1), ("c", 8, 1), ("a", 9, 0)]), values: date)
    #expect(try lake.hourly == ["a 1 0", "a 9 0", "b 7 1", "c 8 1"])
    // Of other keys: the file of the other program stays as it is.
    let other = try #require(try lake.table().snapshot.files.values.first { $0.tags.isEmpty })
    try await sink.write(Hourly.batch([("d", 1, 0)]), epoch: Epoch(2))
    #expect(try lake.table().snapshot.files.values.contains(other))
    try await sink.write(Hourly.batch([("b", 2, 1)]), epoch: Epoch(3))
    #expect(try lake.hourly == ["a 1 0", "a 9 0", "b 2 1", "c 8 1", "d 1 0"])
    #expect(try lake.table().snapshot.files.values.allSatisfy { !$0.tags.isEmpty })
    try await sink.write(Hourly.batch([("a", 3, 0)]), epoch: Epoch(4))
    #expect(try lake.hourly == ["a 3 0", "b 2 1", "c 8 1", "d 1 0"])
  }

  @Test func rowsOfAnotherPartitionColumnAreFoundAgain() async throws {
    let sink = lake.sink(DeltaSinkOptions(partitionBy: ["k"], lanes: 1))
    try await sink.open(Hourly.shape(), lastEpoch: .none)
    try lake.appendAsOther(Hourly.batch([("b", 7, 1), ("b", 8, 2)]), values: ["k": "b"])
    try await sink.write(Hourly.batch([("b", 1, 1)]), epoch: Epoch(1))
    #expect(try lake.hourly == ["b 1 1", "b 8 2"])
  }

  @Test func filesThatOthersRewriteAreFoundAgain() async throws {
    let sink = lake.sink()
    try await sink.open(Hourly.shape(), lastEpoch: .none)
    try await sink.write(Hourly.batch([("a", 1, 0), ("b", 1, 30)]), epoch: Epoch(1))
    // Another program deletes b, and brings what is left together in a file without tags.
    let table = try lake.table()
    try lake.commitAsOther(table.snapshot.files.values.map { .remove($0.removed(at: 1, dataChange: true)) })
    try lake.appendAsOther(Hourly.batch([("a", 1, 0)]), values: date)
    try await sink.write(Hourly.batch([("a", 2, 0), ("c", 1, 30)]), epoch: Epoch(2))
    #expect(try lake.hourly == ["a 2 0", "c 1 30"])
    #expect(lake.store.paths.filter { $0.contains("/2-") }.count == 2, "the files of the first try are gone")
  }

  @Test func aSmallFileThatAnotherRemovesIsNotMissed() async throws {
    let sink = lake.sink()
    try await sink.open(Hourly.shape(.append), lastEpoch: .none)
    for epoch in 1...9 { try await sink.write(Hourly.batch([("a", Int64(epoch), 0)]), epoch: Epoch(UInt64(epoch))) }
    let gone = try #require(try lake.table().snapshot.files.values.first)
    try lake.commitAsOther([.remove(gone.removed(at: 1, dataChange: true))])
    for epoch in 10...20 { try await sink.write(Hourly.batch([("a", Int64(epoch), 0)]), epoch: Epoch(UInt64(epoch))) }
    let left = try lake.hourly
    #expect(left.count == 20 - (gone.rowCount ?? 0), "\(left)")
    #expect(try lake.table().snapshot.files.count < 19)
  }

  /// The job's own name behind a commit that makes it write an epoch anew: another has written that epoch.
  @Test func anEpochIsNotWrittenAgainWhenAnotherOfTheSameNameHasWrittenItMeanwhile() async throws {
    let sink = lake.sink()
    try await sink.open(Hourly.shape(.append), lastEpoch: .none)
    for epoch in 1...8 { try await sink.write(Hourly.batch([("a", Int64(epoch), 0)]), epoch: Epoch(UInt64(epoch))) }
    // The next epoch brings eight small files together, of which one is gone.
    let gone = try #require(try lake.table().snapshot.files.values.first)
    try lake.commitAsOther([.remove(gone.removed(at: 1, dataChange: true))])
    let twin = lake.sink()
    try await twin.open(Hourly.shape(.append), lastEpoch: Epoch(8))
    try await twin.write(Hourly.batch([("a", 9, 0)]), epoch: Epoch(9))
    let before = try lake.hourly
    let error = await tidemillError { try await sink.write(Hourly.batch([("a", 9, 0)]), epoch: Epoch(9)) }
    #expect(error?.message.hasPrefix("another job has written the Delta table simulated as tidemill/hourly") == true)
    #expect(try lake.hourly == before)
  }

  @Test func aNewJobReplacesACompleteResultFromItsFirstEpochOn() async throws {
    let old = lake.sink()
    try await old.open(Hourly.shape(.complete), lastEpoch: .none)
    for epoch in 1...5 { try await old.write(Hourly.batch([("a", Int64(epoch), 0)]), epoch: Epoch(UInt64(epoch))) }
    let new = lake.sink()
    try await new.open(Hourly.shape(.complete), lastEpoch: .none)
    try await new.write(Hourly.batch([("b", 1, 0)]), epoch: Epoch(1))
    #expect(try lake.hourly == ["b 1 0"])
    // From its checkpoint it goes on, and does not write again what is there.
    let version = try lake.table().snapshot.version
    let again = lake.sink()
    try await again.open(Hourly.shape(.complete), lastEpoch: Epoch(2))
    try await again.write(Hourly.batch([("b", 1, 0)]), epoch: Epoch(1))
    #expect(try lake.table().snapshot.version == version)
    try await again.write(Hourly.batch([("b", 2, 0)]), epoch: Epoch(2))
    #expect(try lake.hourly == ["b 2 0"])
  }

  @Test func aCompleteResultReplacesWhatOthersAdded() async throws {
    let sink = lake.sink()
    try await sink.open(Hourly.shape(.complete), lastEpoch: .none)
    try await sink.write(Hourly.batch([("a", 1, 0)]), epoch: Epoch(1))
    try lake.appendAsOther(Hourly.batch([("x", 1, 0)]), values: date)
    try await sink.write(Hourly.batch([("a", 2, 0)]), epoch: Epoch(2))
    #expect(try lake.hourly == ["a 2 0"])
  }

  @Test func otherColumnsStopTheJobAndOtherPropertiesDoNot() async throws {
    let sink = lake.sink()
    try await sink.open(Hourly.shape(), lastEpoch: .none)
    var metadata = try lake.table().metadata
    metadata.configuration["delta.checkpointInterval"] = "2"
    try lake.commitAsOther([.metadata(metadata)])
    try await sink.write(Hourly.batch([("a", 1, 0)]), epoch: Epoch(1))
    #expect(lake.store.paths.contains(LogNames.checkpoint(2)))
    var schema = try DeltaSchema(text: metadata.schemaString)
    schema.fields.append(DeltaField("more", .primitive("string")))
    metadata.schemaString = schema.text
    try lake.commitAsOther([.metadata(metadata)])
    let error = await tidemillError { try await sink.write(Hourly.batch([("b", 1, 0)]), epoch: Epoch(2)) }
    #expect(error?.message == "another program has changed the columns of the Delta table simulated in version 3")
    #expect(error?.hint?.contains("goes on where it stopped") == true)
    // Started again it goes on: a column that takes NULL does not disturb.
    let next = lake.sink()
    try await next.open(Hourly.shape(), lastEpoch: Epoch(1))
    try await next.write(Hourly.batch([("b", 1, 0)]), epoch: Epoch(2))
    #expect(try lake.hourly == ["a 1 0", "b 1 0"])
    #expect(try lake.table().metadata.schemaString == schema.text)
  }

  @Test func aFileThatIsGoneIsNamed() async throws {
    let options = DeltaSinkOptions(cacheBytes: 0, lanes: 1)
    let sink = lake.sink(options)
    try await sink.open(Hourly.shape(), lastEpoch: .none)
    try await sink.write(Hourly.batch([("a", 1, 0)]), epoch: Epoch(1))
    let path = try #require(lake.store.paths.first { $0.hasSuffix(".batch") })
    let bytes = lake.store.bytes(path)
    lake.store.set(path, nil)
    let error = await tidemillError { try await sink.write(Hourly.batch([("b", 1, 0)]), epoch: Epoch(2)) }
    #expect(error?.message == "the file \(path) of the Delta table simulated is gone")
    lake.store.set(path, bytes.map { Array($0.dropLast(4)) })
    await #expect(throws: (any Error).self) { try await sink.write(Hourly.batch([("b", 1, 0)]), epoch: Epoch(2)) }
    lake.store.set(path, bytes)
    let next = lake.sink(options)
    try await next.open(Hourly.shape(), lastEpoch: Epoch(1))
    try await next.write(Hourly.batch([("b", 1, 0)]), epoch: Epoch(2))
    #expect(try lake.hourly == ["a 1 0", "b 1 0"])
  }
}
