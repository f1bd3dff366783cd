#if Kafka
  import TidemillColumns
  import TidemillConnectors

  /// Where a new stream begins: `startingOffsets`, `startingTimestamp`, `startingOffsetsByTimestamp`.
  ///
  /// Only what was there at the first start counts; partitions that appear later are read from their beginning.
  enum StartingOffsets: Hashable, Sendable {
    case earliest
    case latest
    /// By partition; -2 is the beginning and -1 the end. Every partition must be named.
    case offsets([TopicPartition: Int64])
    /// Milliseconds since 1970, of all partitions or by partition. Partitions without a later message begin at their end.
    case timestamp(Int64)
    case timestamps([TopicPartition: Int64])

    init(_ options: inout OptionReader) throws {
      // Spark's order of precedence.
      let timestamp = options.string("startingtimestamp")
      let byTimestamp = options.string("startingoffsetsbytimestamp")
      let offsets = options.string("startingoffsets")
      let given = [timestamp, byTimestamp, offsets].compactMap { $0 }
      guard given.count <= 1 else {
        throw TidemillError(
          .invalidQuery,
          "\(options.owner) has more than one of startingOffsets, startingTimestamp and startingOffsetsByTimestamp",
          hint: "keep one")
      }
      if let timestamp {
        guard let milliseconds = Int64(timestamp), milliseconds >= 0 else {
          throw TidemillError(
            .invalidQuery, "\(options.owner): option startingTimestamp is '\(timestamp)'",
            hint: "it takes milliseconds since 1970")
        }
        self = .timestamp(milliseconds)
      } else if let byTimestamp {
        self = .timestamps(
          try JSONOffsets.offsets(byTimestamp, option: "startingOffsetsByTimestamp", of: options.owner, least: 0))
      } else {
        switch offsets?.lowercased() {
        case nil, "latest"?: self = .latest
        case "earliest"?: self = .earliest
        default: self = .offsets(try JSONOffsets.offsets(offsets!, option: "startingOffsets", of: options.owner, least: -2))
        }
      }
    }
  }

  /// Spark's JSON for offsets: `{"sales":{"0":23,"1":-2}}`, and for partitions: `{"sales":[0,1]}`.
  enum JSONOffsets {
    static func offsets(
      _ text: String, option: String, of owner: String, least: Int64
    ) throws -> [TopicPartition: Int64] {
      var reader = Reader(text)
      var result: [TopicPartition: Int64] = [:]
      let isRead = reader.object { reader, topic in
        reader.object { reader, partition in
          guard let number = Int32(partition), number >= 0, let offset = reader.integer(), offset >= least else { return false }
          result[TopicPartition(topic: topic, partition: number)] = offset
          return true
        }
      }
      guard isRead, reader.isAtEnd, !result.isEmpty else {
        throw TidemillError(
          .invalidQuery, "\(owner): option \(option) cannot be read: \(text)",
          hint: #"it takes JSON such as {"sales":{"0":23,"1":4}}"#)
      }
      return result
    }

    static func partitions(_ text: String, option: String, of owner: String) throws -> Set<TopicPartition> {
      var reader = Reader(text)
      var result: Set<TopicPartition> = []
      let isRead = reader.object { reader, topic in
        reader.array { reader in
          guard let number = reader.integer(), let partition = Int32(exactly: number), partition >= 0 else { return false }
          result.insert(TopicPartition(topic: topic, partition: partition))
          return true
        }
      }
      guard isRead, reader.isAtEnd, !result.isEmpty else {
        throw TidemillError(
          .invalidQuery, "\(owner): option \(option) cannot be read: \(text)", hint: #"it takes JSON such as {"sales":[0,1]}"#)
      }
      return result
    }

    /// As much of JSON as this needs: objects, arrays, names without escapes, integers.
    private struct Reader {
      private var rest: Substring

      init(_ text: String) { rest = text[...] }

      private mutating func skipSpace() { while rest.first?.isWhitespace ?? false { rest.removeFirst() } }

      private mutating func take(_ character: Character) -> Bool {
        skipSpace()
        guard rest.first == character else { return false }
        rest.removeFirst()
        return true
      }

      var isAtEnd: Bool { rest.allSatisfy(\.isWhitespace) }

      mutating func object(_ member: (inout Reader, String) -> Bool) -> Bool {
        guard take("{") else { return false }
        if take("}") { return true }
        repeat {
          guard take("\""), let end = rest.firstIndex(of: "\"") else { return false }
          let name = String(rest[..<end])
          rest = rest[rest.index(after: end)...]
          guard !name.contains("\\"), take(":"), member(&self, name) else { return false }
        } while take(",")
        return take("}")
      }

      mutating func array(_ element: (inout Reader) -> Bool) -> Bool {
        guard take("[") else { return false }
        if take("]") { return true }
        repeat { guard element(&self) else { return false } } while take(",")
        return take("]")
      }

      mutating func integer() -> Int64? {
        skipSpace()
        let digits = rest.prefix { $0 == "-" || ($0.isASCII && $0.isNumber) }
        rest = rest[digits.endIndex...]
        return Int64(digits)
      }
    }
  }
#endif
