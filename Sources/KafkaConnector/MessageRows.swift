#if Kafka
  import TidemillColumns
  import TidemillConnectors
  import TidemillFormats
  import TidemillPlan

  /// A result's rows as messages.
  ///
  /// The value is the row as a JSON object. The key is what identifies the row: the text itself where that is one string, else a
  /// JSON object of the key's columns; no key without one. In update mode a row that is gone is a message without a value.
  struct MessageRows: Sendable {
    private let shape: ResultShape
    private let writer: JSONWriter

    /// Messages one behind the other.
    struct Encoded {
      /// JSON, each row ended by a line feed.
      var values: [UInt8] = []
      var valueEnds: [UInt64] = []
      var keys: [UInt8] = []
      /// Empty when messages have no key.
      var keyEnds: [UInt64] = []
      /// How many bytes separate two keys.
      var keyGap = 0
      /// 1 for messages without a value; empty when there are none.
      var isTombstone: [UInt8] = []
    }

    init(_ shape: ResultShape, zone: SessionZone) {
      self.shape = shape
      writer = JSONWriter(zone: zone)
    }

    func encode(_ batch: Batch) -> Encoded {
      var result = Encoded()
      writer.append(batch, to: &result.values)
      result.valueEnds = Self.lineEnds(result.values, count: batch.count)
      guard let key = shape.key, !key.isEmpty else { return result }
      if key.count == 1, shape.schema[key[0]].type == .string, !batch.columns[key[0]].hasNulls {
        let strings = batch.columns[key[0]].strings
        result.keyEnds.reserveCapacity(batch.count)
        for row in 0..<batch.count {
          strings.withBytes(row) { result.keys.append(contentsOf: $0) }
          result.keyEnds.append(UInt64(result.keys.count))
        }
      } else {
        let keys = Batch(
          schema: Schema(key.map { shape.schema[$0] }), count: batch.count, columns: key.map { batch.columns[$0] })
        writer.append(keys, to: &result.keys)
        result.keyEnds = Self.lineEnds(result.keys, count: batch.count)
        result.keyGap = 1
      }
      if let weights = batch.weights, shape.mode == .update {
        result.isTombstone = (0..<batch.count).map { weights.base[$0] < 0 ? 1 : 0 }
      }
      return result
    }

    /// Where lines end, without their line feeds: JSON has none inside.
    private static func lineEnds(_ bytes: [UInt8], count: Int) -> [UInt64] {
      var ends: [UInt64] = []
      ends.reserveCapacity(count)
      bytes.withUnsafeBufferPointer { bytes in
        for index in bytes.indices where bytes[index] == UInt8(ascii: "\n") { ends.append(UInt64(index)) }
      }
      precondition(ends.count == count, "a row is a line")
      return ends
    }
  }
#endif
