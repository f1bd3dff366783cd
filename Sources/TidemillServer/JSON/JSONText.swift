#if Server
  import TidemillColumns
  import TidemillConnectors

  /// JSON being put together: what the interface says about queries, streams and itself. Rows are written by `JSONWriter`.
  struct JSONText {
    private(set) var bytes: [UInt8] = []
    private var needsComma = false

    /// The text of one object.
    static func object(_ content: (inout JSONText) throws -> Void) rethrows -> [UInt8] {
      var text = JSONText()
      try text.object(content)
      return text.bytes
    }

    mutating func object(_ content: (inout JSONText) throws -> Void) rethrows {
      begin(UInt8(ascii: "{"))
      try content(&self)
      end(UInt8(ascii: "}"))
    }

    mutating func array(_ content: (inout JSONText) throws -> Void) rethrows {
      begin(UInt8(ascii: "["))
      try content(&self)
      end(UInt8(ascii: "]"))
    }

    mutating func array<Element>(_ elements: some Sequence<Element>, _ content: (inout JSONText, Element) throws -> Void) rethrows {
      try array { text in for element in elements { try content(&text, element) } }
    }

    /// A member's name; its value comes next.
    mutating func key(_ name: String) {
      separate()
      append(quoted: name)
      bytes.append(UInt8(ascii: ":"))
      needsComma = false
    }

    mutating func object(_ name: String, _ content: (inout JSONText) throws -> Void) rethrows {
      key(name)
      try object(content)
    }

    mutating func array<Element>(
      _ name: String, _ elements: some Sequence<Element>, _ content: (inout JSONText, Element) throws -> Void
    ) rethrows {
      key(name)
      try array(elements, content)
    }

    mutating func member(_ name: String, _ value: (some JSONValue)?) {
      key(name)
      if let value { self.value(value) } else { raw("null".utf8) }
    }

    mutating func member(_ name: String, _ values: [String]) {
      array(name, values) { $0.value($1) }
    }

    mutating func value(_ value: some JSONValue) {
      separate()
      value.append(to: &self)
      needsComma = true
    }

    /// A value that is JSON already.
    mutating func raw(_ json: some Sequence<UInt8>) {
      separate()
      bytes.append(contentsOf: json)
      needsComma = true
    }

    fileprivate mutating func append(_ text: some Sequence<UInt8>) { bytes.append(contentsOf: text) }

    fileprivate mutating func append(quoted text: String) {
      bytes.append(UInt8(ascii: "\""))
      for byte in text.utf8 {
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"): bytes += [UInt8(ascii: "\\"), byte]
        case 0x0A: bytes += "\\n".utf8
        case 0x09: bytes += "\\t".utf8
        case 0..<0x20: bytes += Array(((byte < 16 ? "\\u000" : "\\u00") + String(byte, radix: 16)).utf8)
        default: bytes.append(byte)
        }
      }
      bytes.append(UInt8(ascii: "\""))
    }

    private mutating func separate() { if needsComma { bytes.append(UInt8(ascii: ",")) } }

    private mutating func begin(_ bracket: UInt8) {
      separate()
      bytes.append(bracket)
      needsComma = false
    }

    private mutating func end(_ bracket: UInt8) {
      bytes.append(bracket)
      needsComma = true
    }
  }

  /// What a member of an object can be.
  protocol JSONValue {
    func append(to text: inout JSONText)
  }

  extension String: JSONValue {
    func append(to text: inout JSONText) { text.append(quoted: self) }
  }

  extension Int: JSONValue {
    func append(to text: inout JSONText) { text.append(description.utf8) }
  }

  extension Bool: JSONValue {
    func append(to text: inout JSONText) { text.append(description.utf8) }
  }

  extension Double: JSONValue {
    /// One digit behind the point: rates are not known better. What JSON has no number for is 0.
    func append(to text: inout JSONText) { text.append((isFinite ? ((self * 10).rounded() / 10).description : "0.0").utf8) }
  }

  extension Epoch: JSONValue {
    func append(to text: inout JSONText) { text.append(description.utf8) }
  }

  extension EventTime: JSONValue {
    /// ISO 8601 in UTC. Before the first row and behind the last one of an ended input there is no time to tell: `null`.
    func append(to text: inout JSONText) {
      if self == .distantPast || self == .distantFuture { text.append("null".utf8) } else { text.append(quoted: description) }
    }
  }
#endif
