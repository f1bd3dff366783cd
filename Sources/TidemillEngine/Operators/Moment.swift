import TidemillColumns

/// Where an epoch's end stands in event time: what the operators behind the lanes are told.
struct Moment {
  /// The global watermark: windows that end at or before it close.
  let watermark: Int64
  /// Whether the input has ended, so that every window closes.
  let isFinal: Bool
  var isSparkCompatible = false
  /// Whether the whole result, in complete mode, goes to anybody.
  var showsEverything = true

  func closes(windowEnd: Int64) -> Bool { isFinal || windowEnd <= watermark }

  /// Sessions need the stricter test: an accepted row at the watermark may still touch a session that ends there.
  func closes(sessionEnd: Int64) -> Bool {
    isFinal || (isSparkCompatible ? sessionEnd <= watermark : sessionEnd < watermark)
  }
}

extension Batch {
  /// The same rows, each with this weight.
  func weighted(_ weight: Int8) -> Batch {
    Batch(schema: schema, count: count, columns: columns, weights: Buffer(repeating: weight, count: count))
  }
}
