#if SQLite
  import Foundation
  import GRDB
  import ReferenceEngine
  import TableTesting
  import Testing
  import TidemillColumns
  import TidemillConnectors
  import TidemillPlan

  @testable import TidemillViews

  @Suite struct ViewContentTests {
    let folder = ViewFolder()

    /// Crashes anywhere: the view is opened anew, and the job writes its last epochs again.
    @Test(arguments: TableCase.updates, 1...3)
    func viewAndItsFollowersHoldWhatTheChangesAmountToAtEveryEpoch(_ table: TableCase, seed: Int) async throws {
      var changes = RandomChanges(table.shape, seed: UInt64(seed))
      var random = SplitMix64(seed: UInt64(seed) &+ 91)
      var epochs: [Batch] = []
      var view = try folder.view(table.shape)
      try await view.sink.open(table.shape, lastEpoch: .none)
      var folded = FoldedChanges(try await view.read(), key: table.shape.key)
      var rows = 0
      for number in 1...20 {
        epochs.append(changes.next())
        let epoch = Epoch(UInt64(number))
        try await view.sink.write(epochs.last!, epoch: epoch)
        if random.chance(percent: 30) { try await view.sink.write(epochs.last!, epoch: epoch) }
        if epochs.last!.count > 0 {
          guard case .change(let change) = try await view.changes.next(after: folded.epoch) else {
            Issue.record("no change of epoch \(number)")
            return
          }
          #expect(change.epoch == epoch)
          folded.apply(change)
        }
        if random.chance(percent: 25) {
          if random.chance(percent: 50) { try await view.sink.close() }
          let token = try await view.read().token
          view = try folder.view(table.shape)
          try await view.sink.open(table.shape, lastEpoch: epoch)
          #expect(try await view.read().token != token)
          for again in random.count(1...number)...number {
            try await view.sink.write(epochs[again - 1], epoch: Epoch(UInt64(again)))
          }
        }
        let snapshot = try await view.read()
        let expected = ShownRows.of(changes.table, window: 2)
        #expect(ShownRows.of(snapshot.batch.rows, window: 2) == expected, "after epoch \(number)")
        #expect(ShownRows.of(folded.table, window: 2) == expected, "followed to epoch \(number)")
        #expect(snapshot.epoch == folded.epoch)
        #expect(!snapshot.isCut)
        #expect(try await view.count().rows == expected.count)
        rows += expected.count
      }
      #expect(rows > 0)
    }

    static let small = Schema(Field("k", .string), Field("w", .window), Field("n", .bigint))

    func shape(key: [Int]? = [0, 1]) -> ResultShape {
      ResultShape(schema: Self.small, key: key, mode: .update, zone: .utc, queryName: "totals")
    }

    private func row(_ k: String, hour: Int64, _ n: Int64) -> [Value] {
      let start = EventTime(microseconds: 0) + .hours(hour)
      return [.string(k), .window(start: start, end: start + .hours(1)), .integer(n)]
    }

    private func batch(_ rows: [Value]..., weights: [Int8]? = nil) -> Batch {
      Batch(schema: Self.small, rows: rows, weights: weights)
    }

    @Test(arguments: [[0, 1], nil] as [[Int]?])
    func rowsGoWhenTheirWindowWasClosedSoLongAgo(key: [Int]?) async throws {
      var view = try folder.view(shape(key: key), retain: .hours(3))
      func write(_ batch: Batch, _ epoch: UInt64, watermark hour: Int64?) async throws {
        let sink = try #require(view.sink as? any WatermarkedSink)
        try await sink.write(batch, epoch: Epoch(epoch), watermark: hour.map { EventTime(microseconds: 0) + .hours($0) })
      }
      func hours() async throws -> [String] {
        try await view.read().batch.rows.map { "\($0[0]) \($0[1])" }.sorted()
      }
      func names(_ rows: [Value]...) -> [String] { rows.map { "\($0[0]) \($0[1])" }.sorted() }
      try await view.sink.open(shape(key: key), lastEpoch: .none)
      // However far ahead others are: as long as a window is open, its rows stay.
      try await write(batch(row("a", hour: 0, 1), row("b", hour: 1, 1), row("z", hour: 100, 1)), 1, watermark: nil)
      #expect(try await hours().count == 3)
      try await write(batch(row("z", hour: 100, 1), weights: [-1]), 2, watermark: 3)
      #expect(try await hours() == names(row("a", hour: 0, 1), row("b", hour: 1, 1)))
      try await write(batch(row("a", hour: 3, 1)), 3, watermark: 4)
      // The first ended at one: it is there until the watermark is at four.
      #expect(try await hours() == names(row("b", hour: 1, 1), row("a", hour: 3, 1)))
      guard case .change(let change) = try await view.changes.next(after: Epoch(2)) else {
        Issue.record("no change")
        return
      }
      #expect((0..<change.batch.count).map { change.batch.weight($0) } == [1, -1])
      #expect(change.batch.row(1) == row("a", hour: 0, 1))
      #expect(
        String(decoding: change.json, as: UTF8.self) == """
          [{"k":"a","w":{"start":"1970-01-01T03:00:00Z","end":"1970-01-01T04:00:00Z"},"n":1},\
          {"k":"a","w":{"start":"1970-01-01T00:00:00Z","end":"1970-01-01T01:00:00Z"},"n":1,"_op":"delete"}]
          """)
      // What is too old comes too late, also behind a restart.
      view = try folder.view(shape(key: key), retain: .hours(3))
      try await view.sink.open(shape(key: key), lastEpoch: Epoch(3))
      try await write(batch(row("a", hour: 3, 1), weights: [-1]), 4, watermark: nil)
      try await write(batch(row("c", hour: 0, 1)), 5, watermark: 4)
      try await write(batch(row("c", hour: 0, 1), row("d", hour: 1, 1)), 6, watermark: 4)
      #expect(try await hours() == names(row("b", hour: 1, 1), row("d", hour: 1, 1)))
      #expect(try await view.read().epoch == Epoch(6))
    }

    @Test func nothingGoesWithoutAWindowInTheKey() async throws {
      let view = try folder.view(shape(key: [0]), retain: .hours(1))
      #expect(view.window == nil)
      try await view.sink.open(shape(key: [0]), lastEpoch: .none)
      try await view.sink.write(batch(row("a", hour: 0, 1), row("b", hour: 1000, 1)), epoch: Epoch(1))
      #expect(try await view.read().batch.count == 2)
    }

    @Test func aViewOfACheckpointThatWentOnWithoutItIsRefused() async throws {
      let view = try folder.view(shape())
      let error = await #expect(throws: TidemillError.self) { try await view.sink.open(shape(), lastEpoch: Epoch(7)) }
      #expect(error?.message.contains("goes on behind epoch 7") == true)
      // Who reads it is told the same, and waits no longer.
      await #expect(throws: TidemillError.self) { try await view.read() }
    }

    @Test func aTemporaryViewLeavesNothingBehind() async throws {
      var view: MaterializedView? = try MaterializedView(name: "a/b", schema: Self.small, key: [0, 1])
      try await view!.sink.open(
        ResultShape(schema: Self.small, key: [0, 1], mode: .update, zone: .utc, queryName: "a/b"), lastEpoch: .none)
      try await view!.sink.write(batch(row("a", hour: 0, 1)), epoch: Epoch(1))
      let path = try await view!.path()
      #expect(path.hasSuffix("/a%2fb.sqlite"))
      #expect(FileManager.default.fileExists(atPath: path))
      view = nil
      #expect(!FileManager.default.fileExists(atPath: path))
    }

    @Test(arguments: [(true, 2), (false, 1)])
    func epochsAreDurableWithACheckpointUnlessToldOtherwise(syncs: Bool, expected: Int) async throws {
      let view = try MaterializedView(
        name: "totals", schema: Self.small, key: [0, 1], options: ViewOptions(directory: folder.path, syncs: syncs))
      try await view.sink.open(shape(), lastEpoch: .none)
      #expect(try await view.synchronous() == expected)
    }

    @Test func epochsOfATemporaryViewAreNot() async throws {
      let view = try MaterializedView(name: "totals", schema: Self.small, key: [0, 1])
      try await view.sink.open(shape(), lastEpoch: .none)
      #expect(try await view.synchronous() == 0)
    }

    @Test func readersSeeOneEpochWhileOthersAreWritten() async throws {
      let view = try folder.view(shape(key: [0]))
      try await view.sink.open(shape(key: [0]), lastEpoch: .none)
      try await withThrowingTaskGroup(of: Void.self) { group in
        group.addTask {
          for epoch in 1...200 {
            let rows = (0..<20).map { row("k\($0)", hour: 0, Int64(epoch)) }
            try await view.sink.write(Batch(schema: Self.small, rows: rows), epoch: Epoch(UInt64(epoch)))
          }
        }
        for _ in 0..<4 {
          group.addTask {
            var last = Epoch.none
            for _ in 0..<50 {
              let snapshot = try await view.read()
              #expect(Set(snapshot.batch.rows.map { $0[2] }).count <= 1)
              #expect(snapshot.batch.rows.allSatisfy { $0[2] == .integer(Int64(snapshot.epoch.number)) })
              #expect(snapshot.epoch >= last)
              last = snapshot.epoch
            }
          }
        }
        try await group.waitForAll()
      }
    }
  }

  extension Array {
    fileprivate func asyncMap<Result>(_ body: (Element) async throws -> Result) async rethrows -> [Result] {
      var results: [Result] = []
      for element in self { results.append(try await body(element)) }
      return results
    }
  }
#endif
