#if Server
  /// Prometheus' text format, version 0.0.4.
  struct PrometheusText {
    private(set) var text = ""

    /// A name with an underscore for each character that it must not have.
    static func name(_ label: String) -> String {
      var name = ""
      for (index, byte) in label.utf8.enumerated() {
        switch byte {
        case 65...90, 97...122, UInt8(ascii: "_"), UInt8(ascii: ":"): name.unicodeScalars.append(Unicode.Scalar(byte))
        case 48...57 where index > 0: name.unicodeScalars.append(Unicode.Scalar(byte))
        default: name.append("_")
        }
      }
      return name
    }

    /// `query="hourly",state="open"`, by name.
    static func labels(_ dimensions: [(String, String)]) -> String {
      dimensions.sorted { $0.0 < $1.0 }.map { name, value in
        "\(Self.name(name).replacing(":", with: "_"))=\"\(escaped(value))\""
      }.joined(separator: ",")
    }

    /// Byte by byte: a line end behind a carriage return is no character of its own.
    private static func escaped(_ text: String, quotes: Bool = true) -> String {
      var bytes: [UInt8] = []
      for byte in text.utf8 {
        switch byte {
        case UInt8(ascii: "\\"): bytes += [byte, byte]
        case UInt8(ascii: "\n"): bytes += [UInt8(ascii: "\\"), UInt8(ascii: "n")]
        case UInt8(ascii: "\"") where quotes: bytes += [UInt8(ascii: "\\"), byte]
        default: bytes.append(byte)
        }
      }
      return String(decoding: bytes, as: UTF8.self)
    }

    mutating func begin(_ name: String, kind: String, help: String?) {
      if let help { text += "# HELP \(name) \(Self.escaped(help, quotes: false))\n" }
      text += "# TYPE \(name) \(kind)\n"
    }

    mutating func add(_ name: String, _ labels: String, _ value: Double) {
      text += labels.isEmpty ? "\(name) \(Self.number(value))\n" : "\(name){\(labels)} \(Self.number(value))\n"
    }

    mutating func add(_ name: String, _ labels: String, _ histogram: HistogramHandler) {
      let content = histogram.value
      var sum = 0
      for (bound, count) in zip(histogram.bounds, content.counts) {
        sum += count
        add("\(name)_bucket", Self.joined(labels, "le=\"\(Self.number(bound))\""), Double(sum))
      }
      sum += content.counts.last!
      add("\(name)_bucket", Self.joined(labels, "le=\"+Inf\""), Double(sum))
      add("\(name)_sum", labels, content.sum)
      add("\(name)_count", labels, Double(sum))
    }

    private static func joined(_ labels: String, _ more: String) -> String { labels.isEmpty ? more : "\(labels),\(more)" }

    static func number(_ value: Double) -> String {
      if value.isNaN { return "NaN" }
      if value.isInfinite { return value < 0 ? "-Inf" : "+Inf" }
      return value.magnitude < 1e15 && value == value.rounded() ? String(Int64(value)) : String(value)
    }
  }
#endif
