import Synchronization
import Testing

@testable import TidemillCommand

struct NoticeTests {
  @Test func noticesAreWrittenAtMostOnceASecondAndTheOthersAreCounted() {
    let time = Mutex(ContinuousClock.now)
    let written = Mutex<[String]>([])
    let lines = NoticeLines(now: { time.withLock { $0 } }) { text in written.withLock { $0.append(text) } }
    for (milliseconds, notice) in [(0, "a"), (999, "b"), (0, "c"), (1, "d"), (500, "e"), (5000, "f"), (1000, "g")] {
      time.withLock { $0 += .milliseconds(milliseconds) }
      lines.write(notice)
    }
    #expect(
      written.withLock { $0 } == [
        "warning: a\n", "warning: d (2 more left out)\n", "warning: f (1 more left out)\n", "warning: g\n",
      ])
  }

  @Test func aNoticeTakesTheStatusLineUntilTheNextEpoch() {
    let status = StatusText()
    let monitor = RunMonitor()
    status.say("waiting for a server")
    #expect(status.text(monitor) == "waiting for a server")
    status.say(nil)
    #expect(status.text(monitor).hasPrefix("0 rows"))
  }
}
