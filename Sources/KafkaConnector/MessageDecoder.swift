#if Kafka
  import KafkaBridge
  import TidemillColumns
  import TidemillConnectors
  import TidemillFormats

  /// Turns messages into rows: the value as its format says, and what Kafka knows of the message besides, in columns such as
  /// `_offset`. One message is one row, or one rejection.
  struct MessageDecoder: Sendable {
    private let request: ReadRequest
    private let format: ValueFormat
    /// Decodes values; `nil` for text.
    private let records: (any RecordFormat)?
    /// For each column of the request where it comes from.
    private let origins: [ColumnOrigin]
    private let keepsChecksum: Bool

    /// Whether keys or headers are wanted, which must then be kept.
    let keepsExtras: Bool

    private enum ColumnOrigin: Hashable, Sendable {
      /// A column of the value, by its ordinal among those.
      case value(Int)
      case message(MessageColumn)
    }

    init(_ context: SourceContext, _ options: KafkaOptions) throws {
      request = context.request
      format = options.format
      keepsChecksum = options.failsOnDataLoss
      var valueFields: [Field] = []
      var origins: [ColumnOrigin] = []
      for field in context.request.schema.fields {
        if let column = MessageColumn(rawValue: field.name.lowercased()) {
          try column.check(field, options.owner)
          origins.append(.message(column))
        } else {
          origins.append(.value(valueFields.count))
          valueFields.append(field)
        }
      }
      self.origins = origins
      keepsExtras = origins.contains(.message(.key)) || origins.contains(.message(.headers))
      var eventTime: Int?
      if let ordinal = request.eventTime, case .value(let own) = origins[ordinal] { eventTime = own }
      let valueRequest = ReadRequest(schema: Schema(valueFields), eventTime: eventTime, zone: request.zone)
      switch options.format {
      case .json: records = JSONFormat(request: valueRequest)
      case .csv:
        let declared = Schema(
          context.definition.schema.fields.filter { MessageColumn(rawValue: $0.name.lowercased()) == nil })
        records = try CSVFormat(request: valueRequest, declared: declared, options: options.csv)
      case .text:
        records = nil
        if let field = valueFields.first(where: { $0.name.lowercased() != "value" || $0.type != .string }) {
          throw TidemillError(
            .invalidQuery, "\(options.owner): as text a message has no column \(field.name) \(field.type)",
            hint: "declare value STRING, or say format 'json'")
        }
      }
    }

    func decode(_ run: MessageRun, of partition: TopicPartition, latest: EventTime) throws -> ReadResult {
      let origin = partition.description
      var (batch, rejected) = try values(of: run, origin: origin, latest: latest)
      // The messages that have a row; all of them mostly.
      var messages: [Int]?
      if !rejected.isEmpty { messages = try accepted(run, &rejected, rows: batch.count) }
      var result = ReadResult(
        batch: assembled(batch.columns, count: batch.count, run, messages, partition), rejected: rejected,
        byteCount: run.byteCount)
      checkTimes(&result, run, &messages, origin: origin, latest: latest)
      if keepsChecksum { result.checksum = (origin, Self.checksum(run)) }
      return result
    }

    /// The columns of the values; rejections with the number of their message as offset.
    private func values(of run: MessageRun, origin: String, latest: EventTime) throws -> (Batch, [RejectedRow]) {
      guard let records else { return textValues(of: run, origin: origin) }
      let chunk = run.chunk.memory.pointee
      let start = Int(chunk.starts[run.messages.lowerBound])
      let bytes = UnsafeBufferPointer(start: chunk.bytes + start, count: run.byteCount)
      // From one on, so that no message counts as the beginning of a file, which may have a byte order mark.
      let decoded = try records.decode(bytes, origin: origin, offset: 1, latest: latest)
      let rejected = decoded.rejected.map { row in
        var row = row
        row.offset = message(of: run, atByte: start + row.offset - 1)
        return described(row, flag: chunk.flags[row.offset])
      }
      return (decoded.batch, rejected)
    }

    private func described(_ row: RejectedRow, flag: UInt8) -> RejectedRow {
      guard flag != 0 else { return row }
      var row = row
      row.text = []
      row.reason = .malformed
      switch Int(flag) {
      case tidemill_kafka_tombstone: row.detail = "a message without a value (a tombstone)"
      case tidemill_kafka_blank: row.detail = "an empty message"
      default: row.detail = "a message of several lines"
      }
      return row
    }

    private func textValues(of run: MessageRun, origin: String) -> (Batch, [RejectedRow]) {
      let chunk = run.chunk.memory.pointee
      var rejected: [RejectedRow] = []
      let builder = ColumnBuilder(.string, capacity: run.messages.count)
      for message in run.messages {
        let start = Int(chunk.starts[message])
        let length = Int(chunk.starts[message + 1]) - start - 1
        let bytes = UnsafeBufferPointer(start: chunk.bytes + start, count: length)
        if chunk.flags[message] != 0 {
          builder.appendNull()
        } else if tidemill_kafka_is_utf8(bytes.baseAddress, length) != 0 {
          builder.append(utf8: bytes)
        } else {
          rejected.append(
            RejectedRow(
              reason: .malformed, detail: "not UTF-8", text: Array(bytes.prefix(64 << 10)), origin: origin, offset: message))
        }
      }
      let count = run.messages.count - rejected.count
      let fields = origins.indices.compactMap { ordinal -> Field? in
        if case .value = origins[ordinal] { request.schema[ordinal] } else { nil }
      }
      let column = builder.finish()
      return (Batch(schema: Schema(fields), count: count, columns: fields.map { _ in column }), rejected)
    }

    /// The message whose value lies at a byte of the chunk.
    private func message(of run: MessageRun, atByte byte: Int) -> Int {
      let starts = run.chunk.memory.pointee.starts!
      var low = run.messages.lowerBound
      var high = run.messages.upperBound
      while high - low > 1 {
        let middle = (low + high) / 2
        if Int(starts[middle]) <= byte { low = middle } else { high = middle }
      }
      return low
    }

    /// Gives rejections their offsets in the partition, and says which messages are left.
    private func accepted(_ run: MessageRun, _ rejected: inout [RejectedRow], rows: Int) throws -> [Int] {
      var messages: [Int] = []
      messages.reserveCapacity(run.messages.count - rejected.count)
      var next = 0
      rejected.sort { $0.offset < $1.offset }
      for message in run.messages {
        if next < rejected.count, rejected[next].offset == message {
          rejected[next].offset = Int(run.chunk.offset(message))
          next += 1
        } else {
          messages.append(message)
        }
      }
      guard messages.count == rows, next == rejected.count else {
        throw TidemillError(
          .io, "\(rows) rows and \(rejected.count) rejections came of \(run.messages.count) messages",
          hint: "this is a bug in tidemill: please report it")
      }
      return messages
    }

    private func assembled(
      _ values: [Column], count: Int, _ run: MessageRun, _ messages: [Int]?, _ partition: TopicPartition
    ) -> Batch {
      let columns = origins.enumerated().map { ordinal, origin in
        switch origin {
        case .value(let own): values[own]
        case .message(let column):
          column.column(request.schema[ordinal].type, run, messages, count: count, partition)
        }
      }
      return Batch(schema: request.schema, count: count, columns: columns)
    }

    /// With `_timestamp` as event time: rejects what has none, or one too far ahead. The format does it for its own columns.
    private func checkTimes(
      _ result: inout ReadResult, _ run: MessageRun, _ messages: inout [Int]?, origin: String, latest: EventTime
    ) {
      guard let eventTime = request.eventTime, case .message = origins[eventTime] else { return }
      let column = result.batch.columns[eventTime]
      var kept: [Int] = []
      var added: [RejectedRow] = []
      for row in 0..<result.batch.count {
        let isMissing = column.isNull(row)
        guard isMissing || column.int64[row] > latest.microseconds else {
          kept.append(row)
          continue
        }
        let message = messages?[row] ?? run.messages.lowerBound + row
        let chunk = run.chunk.memory.pointee
        let bytes = UnsafeBufferPointer(
          start: chunk.bytes + Int(chunk.starts[message]), count: run.chunk.byteCount(message..<message + 1) - 1)
        added.append(
          RejectedRow(
            reason: isMissing ? .missingTime : .future,
            detail: isMissing
              ? "_timestamp: no event time"
              : "_timestamp: \(EventTime(microseconds: column.int64[row])) is too far ahead of the clock",
            text: Array(bytes.prefix(64 << 10)), origin: origin, offset: Int(run.chunk.offset(message))))
      }
      guard !added.isEmpty else { return }
      result.batch = result.batch.selecting(kept)
      result.rejected = (result.rejected + added).sorted { $0.offset < $1.offset }
    }

    /// Tells a message from another one at the same offset by its length; the sum of all is that of a range, however it is cut.
    private static func checksum(_ run: MessageRun) -> UInt64 {
      let chunk = run.chunk.memory.pointee
      let starts = chunk.starts!
      let offsets = chunk.offsets!
      var sum: UInt64 = 0
      for message in run.messages {
        var hash = UInt64(bitPattern: offsets[message]) &* 0x9E37_79B9_7F4A_7C15
        hash ^= starts[message + 1] &- starts[message]
        hash = (hash ^ (hash >> 32)) &* 0xD6E8_FEB8_6659_FD93
        sum &+= hash ^ (hash >> 29)
      }
      return sum
    }

    /// What several runs of one range gave, as one.
    func joined(_ parts: [ReadResult]) -> ReadResult {
      var result = ReadResult(
        batch: .concatenating(parts.map(\.batch), schema: request.schema), rejected: parts.flatMap(\.rejected),
        byteCount: parts.reduce(0) { $0 + $1.byteCount })
      if let origin = parts.first?.checksum?.origin {
        result.checksum = (origin, parts.reduce(0) { $0 &+ ($1.checksum?.value ?? 0) })
      }
      return result
    }
  }
#endif
