#if Server
  /// What stands behind the question mark of an address.
  struct QueryItems {
    /// In their order; names may come again.
    let items: [(name: String, value: String)]

    /// - Throws: `Problem` when it is not percent-encoded UTF-8.
    init(_ text: String?) throws {
      items = try (text ?? "").split(separator: "&").map { part in
        let sign = part.firstIndex(of: "=")
        guard let name = Self.decoded(part[..<(sign ?? part.endIndex)]),
          let value = Self.decoded(sign.map { part[part.index(after: $0)...] } ?? "")
        else { throw Problem(.badRequest, "Wrong parameter", "'\(part)' is not percent-encoded UTF-8") }
        return (name, value)
      }
    }

    /// - Throws: `Problem` when it is given twice.
    func value(_ name: String) throws -> String? {
      let values = items.filter { $0.name == name }
      if values.count > 1 { throw Problem(.badRequest, "Wrong parameter", "\(name) is given \(values.count) times") }
      return values.first?.value
    }

    /// - Throws: `Problem` when it is no number of the range.
    func number(_ name: String, in range: ClosedRange<Int>, default usual: Int) throws -> Int {
      guard let text = try value(name) else { return usual }
      guard text.utf8.allSatisfy({ 48...57 ~= $0 }), let number = Int(text), range.contains(number) else {
        throw Problem(
          .badRequest, "Wrong parameter",
          "\(name) cannot be '\(text)'; it takes a number from \(range.lowerBound) to \(range.upperBound)")
      }
      return number
    }

    /// - Throws: `Problem` when there are others than these.
    func allow(only names: Set<String>) throws {
      for item in items where !names.contains(item.name) {
        let known = names.isEmpty ? "none is taken here" : "taken are \(names.sorted().joined(separator: ", "))"
        throw Problem(.badRequest, "Wrong parameter", "there is no parameter '\(item.name)'; \(known)")
      }
    }

    /// Without percent signs; `nil` for what is no UTF-8.
    static func decoded(_ text: some StringProtocol, plusIsSpace: Bool = true) -> String? {
      var bytes: [UInt8] = []
      var rest = text.utf8[...]
      while let byte = rest.popFirst() {
        switch byte {
        case UInt8(ascii: "%"):
          guard let high = rest.popFirst().flatMap(digit), let low = rest.popFirst().flatMap(digit) else { return nil }
          bytes.append(high << 4 | low)
        case UInt8(ascii: "+") where plusIsSpace: bytes.append(UInt8(ascii: " "))
        default: bytes.append(byte)
        }
      }
      return String(validating: bytes, as: UTF8.self)
    }

    private static func digit(_ byte: UInt8) -> UInt8? {
      switch byte {
      case 48...57: byte - 48
      case 65...70: byte - 55
      case 97...102: byte - 87
      default: nil
      }
    }
  }
#endif
