#if Kafka
  import TidemillColumns

  /// What Kafka knows of a message besides its value, as columns that a stream may declare.
  enum MessageColumn: String, CaseIterable, Sendable {
    case key = "_key"
    /// As JSON: `[{"key":"a","value":"b"}]`.
    case headers = "_headers"
    case topic = "_topic"
    case partition = "_partition"
    case offset = "_offset"
    case timestamp = "_timestamp"

    private var types: [DataType] {
      switch self {
      case .key, .headers, .topic: [.string]
      case .partition: [.int, .bigint]
      case .offset: [.bigint]
      case .timestamp: [.timestamp]
      }
    }

    func check(_ field: Field, _ owner: String) throws {
      guard !types.contains(field.type) else { return }
      throw TidemillError(
        .invalidQuery, "\(owner): column \(field.name) of a kafka stream is no \(field.type)",
        hint: "declare it as \(types.map(\.sqlName).joined(separator: " or ")), or name the value's field otherwise")
    }

    /// The column for those messages of a run that have a row: `messages`, or all of them.
    func column(_ type: DataType, _ run: MessageRun, _ messages: [Int]?, count: Int, _ partition: TopicPartition) -> Column {
      let chunk = run.chunk.memory.pointee
      let first = run.messages.lowerBound
      func message(_ row: Int) -> Int { messages?[row] ?? first + row }
      switch self {
      case .key, .headers:
        let builder = ColumnBuilder(.string, capacity: count)
        let part = self == .key ? 0 : 2
        for row in 0..<count {
          let span = chunk.extra_spans + message(row) * 4 + part
          if span[1] == .max {
            builder.appendNull()
          } else {
            builder.append(utf8: UnsafeBufferPointer(start: chunk.extra.map { $0 + Int(span[0]) }, count: Int(span[1])))
          }
        }
        return builder.finish()
      case .topic:
        let builder = ColumnBuilder(.string, capacity: count)
        for _ in 0..<count { builder.append(string: partition.topic) }
        return builder.finish()
      case .partition:
        return Column(type: type, count: count, values: .int64(Buffer(repeating: Int64(partition.partition), count: count)))
      case .offset:
        let values = Buffer<Int64>(repeating: 0, count: count)
        let base = values.base
        for row in 0..<count { base[row] = chunk.offsets[message(row)] }
        return Column(type: type, count: count, values: .int64(values))
      case .timestamp:
        let values = Buffer<Int64>(repeating: 0, count: count)
        let validity = Buffer<UInt8>(repeating: 1, count: count)
        var hasNull = false
        for row in 0..<count {
          let milliseconds = chunk.timestamps[message(row)]
          if milliseconds < 0 || milliseconds > .max / 1000 {
            validity.base[row] = 0
            hasNull = true
          } else {
            values.base[row] = milliseconds * 1000
          }
        }
        return Column(type: type, count: count, values: .int64(values), validity: hasNull ? validity : nil)
      }
    }
  }
#endif
