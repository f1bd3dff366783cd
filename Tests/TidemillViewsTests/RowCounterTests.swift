#if SQLite
  import Testing
  import TidemillConnectors

  @testable import TidemillViews

  @Suite struct RowCounterTests {
    @Test func whoAsksMeanwhileGetsTheSame() async throws {
      let counter = RowCounter()
      let (release, gate) = AsyncStream<Void>.makeStream()
      let (begun, begins) = AsyncStream<Void>.makeStream()
      let first = Task {
        try await counter.count {
          begins.finish()
          for await _ in release {}
          return (7, Epoch(1))
        }.rows
      }
      for await _ in begun {}
      // The first is at work: another one's work is not begun.
      let second = Task { try await counter.count { (8, Epoch(1)) }.rows }
      while await counter.waiting == 0 { await Task.yield() }
      gate.finish()
      #expect(try await first.value == 7)
      #expect(try await second.value == 7)
    }

    @Test func aFailureIsNotKept() async throws {
      let counter = RowCounter()
      await #expect(throws: CancellationError.self) { _ = try await counter.count { throw CancellationError() } }
      #expect(try await counter.count { (3, Epoch(2)) }.rows == 3)
      // What took no time is counted anew.
      #expect(try await counter.count { (4, Epoch(3)) }.rows == 4)
    }
  }
#endif
