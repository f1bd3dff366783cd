import Testing
import TidemillColumns
import TidemillPlan

@testable import HTTPConnector

struct HTTPOptionsTests {
  private func options(_ options: [String: String]) throws -> HTTPOptions {
    try HTTPOptions(SinkDefinition(name: "s", provider: "http", options: options))
  }

  private func refusal(_ options: [String: String]) -> String? {
    do {
      _ = try self.options(options)
      return nil
    } catch { return "\(error)" }
  }

  @Test func everyOptionIsRead() throws {
    let read = try options([
      "url": "HTTPS://Example.com:8443/a?b=c", "format": "LINES", "batch.rows": "7", "batch.bytes": "70",
      "timeout": "3 seconds", "retry.limit": "1 hour", "tls.ca": "ca.pem", "header.authorization": "Bearer x", "mode": "append",
    ])
    #expect(read.address.shown == "https://example.com:8443")
    #expect(read.address.url == "https://Example.com:8443/a?b=c")
    #expect(read.format == .lines && read.rowsAPart == 7 && read.bytesAPart == 70)
    #expect(read.timeout == .seconds(3) && read.retryLimit == .hours(1) && read.certificateFile == "ca.pem")
    #expect(read.headers == [HTTPOptions.Header(name: "authorization", value: "Bearer x")])
    #expect(try options(["url": "http://[::1]", "retry.limit": "off"]).retryLimit == nil)
  }

  @Test(arguments: [
    ([:], "sink s has no url"),
    (["url": "example.com"], "does not begin with https://"),
    (["url": "ftp://example.com"], "does not begin with https://"),
    (["url": "https://"], "names no host"),
    (["url": "https://host:port"], "names no host"),
    (["url": "https://host:70000"], "names no host"),
    (["url": "https://[::1"], "names no host"),
    (["url": "https://a host"], "holds a blank"),
    (["url": "https://host/\n"], "holds a blank"),
    (["url": "https://host/#x"], "holds a fragment"),
    (["url": "https://me:canary@host"], "holds a user or a password"),
    (["url": "https://h", "format": "xml"], "it takes json, lines"),
    (["url": "https://h", "batch.rows": "0"], "it takes a number from 1 to 1000000"),
    (["url": "https://h", "batch.bytes": "1MB"], "it takes a number from 1 to 268435456"),
    (["url": "https://h", "timeout": "soon"], "option timeout is 'soon'"),
    (["url": "https://h", "timeout": "0 seconds"], "it takes an interval such as"),
    (["url": "https://h", "retry.limit": "ever"], "an interval, or off"),
    (["url": "http://h", "tls.ca": "x"], "tls.ca is for https"),
    (["url": "https://h", "header.": "x"], "no name of a header"),
    (["url": "https://h", "header.a b": "x"], "no name of a header"),
    (["url": "https://h", "header.idempotency-key": "x"], "the sink sets this header itself"),
    (["url": "https://h", "header.tidemill-epoch": "x"], "the sink sets this header itself"),
    (["url": "https://h", "header.content-length": "x"], "the sink sets this header itself"),
    (["url": "https://h", "header.x": "canary\r\nevil: 1"], "holds a character that a header cannot"),
    (["url": "https://h", "method": "PUT"], "sink s has no option method"),
  ])
  func whatMakesNoSenseIsRefusedByName(options: [String: String], problem: String) throws {
    let message = try #require(refusal(options))
    #expect(message.contains(problem), "\(message)")
    #expect(!message.contains("canary"))
  }

  @Test(arguments: [
    ("0", 0), ("120", 120), (" 5 ", 5), ("Wed, 21 Oct 2026 07:28:30 GMT", 30), ("Wed, 21 Oct 2026 07:27:00 GMT", 0),
    ("99999999999999999999", 31_536_000), ("Wed, 21 Oct 2099 07:28:00 GMT", 31_536_000),
  ])
  func aWishToWaitIsSecondsOrATime(text: String, seconds: Int64) {
    // Wed, 21 Oct 2026 07:28:00 GMT.
    #expect(RetryAfter.span(text, now: EventTime(microseconds: 1_792_567_680_000_000)) == .seconds(seconds))
  }

  @Test(arguments: ["", "-1", "1.5", "soon", "Wed, 32 Oct 2026 07:28:00 GMT", "Wed, 21 Okt 2026 07:28:00 GMT", "21 Oct 2026"])
  func otherWishesAreNone(text: String) {
    #expect(RetryAfter.span(text, now: EventTime(microseconds: 0)) == nil)
  }
}
