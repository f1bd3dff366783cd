#if Server
  import CoreMetrics
  import Testing

  @testable import TidemillServer

  @Suite struct PrometheusTests {
    @Test func metricsAreShownByKindAndName() {
      let registry = PrometheusRegistry(help: ["b_total": "How many."])
      Counter(label: "b_total", dimensions: [("path", "a\\b\"c\nd")], factory: registry).increment(by: 3)
      Counter(label: "b_total", dimensions: [("path", "a\\b\"c\nd")], factory: registry).increment()
      Meter(label: "a.level", factory: registry).set(2.5)
      Gauge(label: "9lives", factory: registry).record(9)
      #expect(
        registry.text == """
          # TYPE _lives gauge
          _lives 9
          # TYPE a_level gauge
          a_level 2.5
          # HELP b_total How many.
          # TYPE b_total counter
          b_total{path="a\\\\b\\"c\\nd"} 4

          """)
    }

    @Test func aLineEndBehindACarriageReturnEndsNoLine() {
      let registry = PrometheusRegistry(help: ["c": "One.\r\n\"Two\"."])
      Counter(label: "c", dimensions: [("path", "a\r\nb")], factory: registry).increment()
      let lines = registry.text.utf8.split(separator: UInt8(ascii: "\n")).map { String(Substring($0)) }
      #expect(lines == ["# HELP c One.\r\\n\"Two\".", "# TYPE c counter", "c{path=\"a\r\\nb\"} 1"])
    }

    @Test func timersAreHistogramsInSeconds() {
      let registry = PrometheusRegistry()
      let timer = Timer(label: "t_seconds", dimensions: [("q", "x")], factory: registry)
      timer.recordMilliseconds(1)
      timer.recordMilliseconds(30)
      timer.recordSeconds(20)
      let lines = registry.text.split(separator: "\n")
      #expect(lines.first == "# TYPE t_seconds histogram")
      for line in [
        #"t_seconds_bucket{q="x",le="0.0005"} 0"#, #"t_seconds_bucket{q="x",le="0.001"} 1"#,
        #"t_seconds_bucket{q="x",le="0.025"} 1"#,
        #"t_seconds_bucket{q="x",le="0.05"} 2"#, #"t_seconds_bucket{q="x",le="10"} 2"#, #"t_seconds_bucket{q="x",le="+Inf"} 3"#,
        #"t_seconds_sum{q="x"} 20.031"#, #"t_seconds_count{q="x"} 3"#,
      ] { #expect(lines.contains { $0 == line }, "\(line)") }
    }

    @Test func aMetricThatIsGivenUpIsNotShown() {
      let registry = PrometheusRegistry()
      let counter = Counter(label: "c", factory: registry)
      // Of another kind: counted, not shown.
      Meter(label: "c", factory: registry).set(7)
      #expect(registry.text == "# TYPE c counter\nc 0\n")
      counter.destroy()
      #expect(registry.text == "")
    }
  }
#endif
