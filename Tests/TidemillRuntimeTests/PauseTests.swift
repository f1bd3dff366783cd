import Testing
import Tidemill
import TidemillTesting

@Suite struct PauseTests {
  @Test func aPausedJobTakesNoEpochsAndTimeStandsStillForWhatIsEmpty() async throws {
    let events = try EventStream((.append, EventStream.perMinute))
    let job = try events.start()
    events.arrive(("a", 1, 5))
    let running = Task { try await job.job.run() }
    await events.clock.waitForSleeper()
    #expect(await job.job.lastEpoch == Epoch(1))
    await job.job.pause()
    #expect(await job.job.isPaused)
    // Idle for an hour, it would close the window.
    events.clock.advance(by: .hours(1))
    events.arrive(("a", 2, 50))
    await job.job.pause()
    #expect(await job.job.lastEpoch == Epoch(1))
    await job.job.resume()
    #expect(await !job.job.isPaused)
    await events.clock.waitForSleeper()
    #expect(await job.job.lastEpoch == Epoch(2))
    #expect(events.rows().isEmpty, "the hour does not count")
    await job.job.stop()
    #expect(try await running.value == .stopped)
  }

  /// However the two meet: neither waits for a job that does not stand still any more.
  @Test func aPauseThatIsTakenBackAtOnceIsOver() async throws {
    let events = try EventStream((.append, "SELECT k FROM events"))
    let job = try events.start()
    let running = Task { try await job.job.run() }
    for number in 0..<200 {
      events.arrive(("a", 1, 5))
      let pausing = Task { await job.job.pause() }
      if number % 2 == 0 { await Task.yield() }
      // One that comes first takes nothing back.
      while await !job.job.isPaused { await Task.yield() }
      await job.job.resume()
      await pausing.value
    }
    await job.job.stop()
    #expect(try await running.value == .stopped)
    #expect(await !job.job.isPaused)
  }

  @Test func aPausedJobCanBeStopped() async throws {
    let events = try EventStream((.append, "SELECT k FROM events"))
    let job = try events.start()
    await job.job.pause()
    events.arrive(("a", 1, 5))
    let running = Task { try await job.job.run() }
    await job.job.stop()
    #expect(try await running.value == .stopped)
    #expect(events.rows().isEmpty)
    #expect(await !job.job.isPaused)
    await job.job.pause()
  }
}
