#if Server
  /// Makes lines of what clients send as one JSON value.
  enum JSONLines {
    /// One line for an object, one for each element of an array. What is in the objects is left to who reads the lines.
    ///
    /// - Throws: `Problem` for anything else.
    static func lines(_ body: [UInt8]) throws -> [UInt8] {
      guard let first = body.first(where: { !isSpace($0) }) else { throw wrong("the body is empty") }
      guard first == UInt8(ascii: "{") || first == UInt8(ascii: "[") else { throw wrong("the body is neither an object nor an array") }
      var lines: [UInt8] = []
      lines.reserveCapacity(body.count + 1)
      // An object on its own is read as the only element of an array.
      let isArray = first == UInt8(ascii: "[")
      var scanner = Scanner(depth: isArray ? 0 : 1, isArray: isArray)
      for byte in body { try scanner.take(byte, into: &lines) }
      try scanner.finish(&lines)
      return lines
    }

    fileprivate static func isSpace(_ byte: UInt8) -> Bool { byte == 32 || byte == 9 || byte == 10 || byte == 13 }

    fileprivate static func wrong(_ what: String) -> Problem {
      Problem(
        .badRequest, "Wrong body",
        "\(what); application/json takes one object or an array of objects, application/x-ndjson one object a line")
    }

    private struct Scanner {
      var depth: Int
      let isArray: Bool
      private var isInString = false
      private var isEscaped = false
      private enum Place { case before, element, behind, end }
      private var place = Place.before

      init(depth: Int, isArray: Bool) {
        self.depth = depth
        self.isArray = isArray
      }

      mutating func take(_ byte: UInt8, into lines: inout [UInt8]) throws {
        if isInString {
          lines.append(byte)
          if isEscaped {
            isEscaped = false
          } else if byte == UInt8(ascii: "\\") {
            isEscaped = true
          } else if byte == UInt8(ascii: "\"") {
            isInString = false
          } else if byte < 0x20 {
            throw JSONLines.wrong("a string holds a control character")
          }
          return
        }
        if JSONLines.isSpace(byte) {
          // A line end between two values would cut the object.
          if place == .element { lines.append(32) }
          return
        }
        switch place {
        case .element: try within(byte, &lines)
        case .before:
          if isArray, depth == 0, byte == UInt8(ascii: "[") {
            depth = 1
          } else if byte == UInt8(ascii: "{") {
            place = .element
            depth = 2
            lines.append(byte)
          } else if isArray, depth == 1, byte == UInt8(ascii: "]"), lines.isEmpty {
            place = .end
          } else {
            throw JSONLines.wrong("an element is no object")
          }
        case .behind:
          if isArray, byte == UInt8(ascii: ",") {
            place = .before
          } else if isArray, byte == UInt8(ascii: "]") {
            place = .end
          } else {
            throw JSONLines.wrong("something stands behind an object")
          }
        case .end: throw JSONLines.wrong("something stands behind the array")
        }
      }

      private mutating func within(_ byte: UInt8, _ lines: inout [UInt8]) throws {
        lines.append(byte)
        switch byte {
        case UInt8(ascii: "\""): isInString = true
        case UInt8(ascii: "{"), UInt8(ascii: "["): depth += 1
        case UInt8(ascii: "}"), UInt8(ascii: "]"):
          depth -= 1
          if depth == 1 {
            lines.append(10)
            place = .behind
          }
        default: break
        }
      }

      mutating func finish(_ lines: inout [UInt8]) throws {
        if place == .end || (!isArray && place == .behind) { return }
        throw JSONLines.wrong("the body ends within \(isArray ? "the array" : "the object")")
      }
    }
  }
#endif
