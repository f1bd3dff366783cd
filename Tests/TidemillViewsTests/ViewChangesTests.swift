import Testing
import TidemillColumns
import TidemillConnectors

@testable import TidemillViews

@Suite struct ViewChangesTests {
  private static let schema = Schema(Field("n", .bigint))

  private func changes(bytes: Int = 1 << 20, count: Int = 100, after epoch: UInt64 = 0) -> ViewChanges {
    let changes = ViewChanges(zone: .utc, byteLimit: bytes, countLimit: count)
    changes.begin(after: Epoch(epoch))
    return changes
  }

  private func batch(_ numbers: Int64...) -> Batch { Batch(schema: Self.schema, rows: numbers.map { [.integer($0)] }) }

  private func text(_ next: ViewChanges.Next) -> String {
    switch next {
    case .change(let change): "\(change.epoch) \(String(decoding: change.json, as: UTF8.self))"
    case .lost: "lost"
    case .ended: "ended"
    }
  }

  @Test func changesComeInOrderFromAnyEpochThatIsKept() async throws {
    let changes = changes(after: 4)
    changes.publish(batch(1), epoch: Epoch(5))
    changes.publish(batch(2, 3), epoch: Epoch(9))
    #expect(text(try await changes.next(after: Epoch(3))) == "lost")
    #expect(text(try await changes.next(after: Epoch(4))) == #"5 [{"n":1}]"#)
    #expect(text(try await changes.next(after: Epoch(5))) == #"9 [{"n":2},{"n":3}]"#)
    #expect(text(try await changes.next(after: Epoch(7))) == #"9 [{"n":2},{"n":3}]"#)
    changes.end()
    #expect(text(try await changes.next(after: Epoch(8))) == #"9 [{"n":2},{"n":3}]"#)
    #expect(text(try await changes.next(after: Epoch(9))) == "ended")
  }

  @Test func onlyTheLastChangesAreKept() async throws {
    let changes = changes(count: 3)
    for epoch in 1...5 { changes.publish(batch(Int64(epoch)), epoch: Epoch(UInt64(epoch))) }
    #expect(text(try await changes.next(after: Epoch(1))) == "lost")
    #expect(text(try await changes.next(after: Epoch(2))) == #"3 [{"n":3}]"#)
  }

  @Test func bytesAreBoundedWithTheTextsThatAreMade() async throws {
    let change = Batch(schema: Self.schema, rows: (0..<1000).map { [.integer($0)] })
    let changes = changes(bytes: 4 * change.memoryUsed)
    for epoch in 1...4 { changes.publish(change, epoch: Epoch(UInt64(epoch))) }
    #expect(text(try await changes.next(after: .none)).hasPrefix("1 "))
    // The text has taken the place of changes.
    #expect(changes.keptBytes <= 4 * change.memoryUsed)
    #expect(text(try await changes.next(after: .none)) == "lost")
    // One that is larger than all that may be kept.
    changes.publish(Batch.concatenating(Array(repeating: change, count: 10), schema: Self.schema), epoch: Epoch(5))
    #expect(text(try await changes.next(after: Epoch(4))) == "lost")
    #expect(changes.keptBytes == 0)
    changes.publish(batch(1), epoch: Epoch(6))
    #expect(text(try await changes.next(after: Epoch(5))) == #"6 [{"n":1}]"#)
  }

  private func waitUntil(_ changes: ViewChanges, has followers: Int) async {
    while changes.followers != followers { await Task.yield() }
  }

  @Test func everyFollowerWakesAtAChange() async throws {
    let changes = changes()
    let bytes = await withTaskGroup(of: Int.self) { group in
      for _ in 0..<1000 {
        group.addTask {
          guard case .change(let change)? = try? await changes.next(after: .none) else { return 0 }
          return change.json.count
        }
      }
      await waitUntil(changes, has: 1000)
      changes.publish(batch(7), epoch: Epoch(1))
      return await group.reduce(0, +)
    }
    #expect(bytes == 1000 * #"[{"n":7}]"#.utf8.count)
    #expect(changes.followers == 0)
  }

  @Test func whoHasReadAnEpochAlreadyIsNotWokenByIt() async throws {
    let changes = changes()
    let task = Task { try await changes.next(after: Epoch(1)) }
    await waitUntil(changes, has: 1)
    changes.publish(batch(1), epoch: Epoch(1))
    #expect(changes.followers == 1)
    changes.publish(batch(2), epoch: Epoch(2))
    #expect(text(try await task.value) == #"2 [{"n":2}]"#)
    let other = Task { try await changes.next(after: Epoch(3)) }
    await waitUntil(changes, has: 1)
    changes.skip(Epoch(3))
    #expect(changes.followers == 1)
    changes.skip(Epoch(4))
    #expect(text(try await other.value) == "lost")
  }

  @Test func endAndCancellationEndAWait() async throws {
    let changes = changes()
    let waiting = Task { try await changes.next(after: .none) }
    let cancelled = Task { try await changes.next(after: .none) }
    await waitUntil(changes, has: 2)
    cancelled.cancel()
    await #expect(throws: CancellationError.self) { try await cancelled.value }
    #expect(changes.followers == 1)
    changes.end()
    #expect(text(try await waiting.value) == "ended")
    // Before it has begun to wait.
    let late = Task {
      withUnsafeCurrentTask { $0?.cancel() }
      return try await self.changes().next(after: .none)
    }
    await #expect(throws: CancellationError.self) { try await late.value }
  }

  @Test func anArrayOfNoRowsIsEmpty() { #expect(JSONArray.encode(Batch.empty(Self.schema)) == Array("[]".utf8)) }

  @Test func lineEndsInValuesStayInThem() {
    let schema = Schema(Field("a\nb", .string))
    let batch = Batch(schema: schema, rows: [[.string("x\ny")], [.null]])
    #expect(String(decoding: JSONArray.encode(batch), as: UTF8.self) == #"[{"a\nb":"x\ny"},{"a\nb":null}]"#)
  }
}
