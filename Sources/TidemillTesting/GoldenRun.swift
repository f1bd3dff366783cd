import TidemillColumns
import TidemillEngine
import TidemillFormats
import TidemillPlan

extension GoldenStream {
  /// Plays the stream in every way there is and compares with what is expected.
  ///
  /// - Returns: what differs, in words; nothing when all is as expected.
  public func run() -> [String] {
    var problems: [String] = []
    for options in variants {
      let actual = outcome(options)
      for difference in differences(actual, comparesEpochs: options.holding == nil) {
        problems.append("\(name), \(options): \(difference)")
      }
      // The first way is the plain one: when that is wrong, the others add nothing.
      if !problems.isEmpty { return problems }
    }
    return problems
  }

  /// The ways in which the stream is played.
  var variants: [StreamDriverOptions] {
    let played = StreamDriverOptions.variants(seed: 1) + StreamDriverOptions.variants(seed: 2)
    return (played + StreamDriverOptions.holdingVariants(seed: 1)).map { options in
      var options = options
      options.partitions = partitions
      options.zone = zone
      options.isSparkCompatible = isSparkCompatible
      return options
    }
  }

  /// What came out of playing the stream, as text.
  func outcome(_ options: StreamDriverOptions) -> Expectation {
    var actual = Expectation()
    var result = StreamResult(key: plan.resultKey)
    do {
      try StreamDriver(plan, options: options).run(events, into: &result)
    } catch {
      actual.error = "\(error)"
    }
    actual.table = lines(result.table.rows.map { StreamChange(1, $0) }, plan.resultSchema)
    for (index, epoch) in result.epochs.enumerated() {
      let changes =
        plan.outputMode == .complete && !epoch.isHeld ? epoch.changes.rows.map { StreamChange(1, $0) } : asPrinted(epoch.net)
      actual.epochs[index + 1] = lines(changes, plan.resultSchema)
    }
    actual.late = lines(result.late.map { StreamChange(1, $0) }, plan.stream.schema)
    actual.ledger = GoldenLedger.counts(result.ledger.values.reduce(into: Ledger()) { $0 += $1 }, rejected: rejected)
    actual.watermark = result.epochs.last?.watermark?.description ?? "none"
    return actual
  }

  /// A retraction is not shown where the row's key has a new row.
  private func asPrinted(_ changes: [StreamChange]) -> [StreamChange] {
    guard let key = plan.resultKey else { return changes }
    let new = Set(changes.filter { $0.weight > 0 }.map { change in RowIdentity(key.map { change.row[$0] }) })
    return changes.filter { change in change.weight > 0 || !new.contains(RowIdentity(key.map { change.row[$0] })) }
  }

  /// JSON lines in a fixed order.
  private func lines(_ changes: [StreamChange], _ schema: Schema) -> [String] {
    let weights = changes.map { Int8($0.weight) }
    let batch = Batch(schema: schema, rows: changes.map(\.row), weights: weights.contains(-1) ? weights : nil)
    var bytes: [UInt8] = []
    JSONWriter(zone: zone).append(batch, to: &bytes)
    return String(decoding: bytes, as: UTF8.self).split(separator: "\n").map(String.init).sorted()
  }

  private func differences(_ actual: Expectation, comparesEpochs: Bool) -> [String] {
    if let error = actual.error {
      if let expected = expectation.error, error.contains(expected) { return [] }
      return ["it fails with: \(error)"]
    }
    if let expected = expectation.error { return ["it should fail with: \(expected)"] }
    var problems: [String] = []
    func compare(_ what: String, _ expected: [String]?, _ actual: [String]?) {
      guard let expected, let actual else { return }
      if let difference = GoldenText.difference(expected, actual) { problems.append("\(what):\n\(difference)") }
    }
    compare("the final table", expectation.table, actual.table)
    for (number, expected) in expectation.epochs.sorted(by: { $0.key < $1.key }) where comparesEpochs {
      compare("epoch \(number)", expected, actual.epochs[number] ?? ["there is no epoch \(number)"])
    }
    compare("late rows", expectation.late, actual.late)
    for (name, count) in expectation.ledger ?? [:] where actual.ledger?[name] != count {
      problems.append("the ledger has \(name)=\(actual.ledger?[name] ?? 0), expected \(count)")
    }
    if let expected = expectation.watermark, actual.watermark != expected {
      problems.append("the watermark is \(actual.watermark ?? "none"), expected \(expected)")
    }
    return problems
  }

  /// The text with what is expected replaced by what comes out when the stream is played as written.
  ///
  /// Only sections that are there are rewritten; those that already hold are left as they are.
  public func updated() -> String {
    let actual = outcome(variants[0])
    var text: [String] = []
    for section in sections {
      var section = section
      let words = section.words
      func rewrite(_ lines: [String]?) {
        guard let lines, GoldenText.difference(section.content, lines) != nil else { return }
        section.lines = section.lines.filter { $0.hasPrefix("#") } + lines + (section.lines.last == "" ? [""] : [])
      }
      switch words.first {
      case "expect": rewrite(words.count == 1 ? actual.table : Int(words.last!).flatMap { actual.epochs[$0] } ?? [])
      case "late": rewrite(actual.late)
      case "ledger":
        let counts = actual.ledger ?? [:]
        if (expectation.ledger ?? [:]).allSatisfy({ counts[$0.key] == $0.value }) { break }
        let shown = GoldenLedger.names.filter { counts[$0] ?? 0 != 0 || expectation.ledger?[$0] != nil }
        section.title = "ledger " + shown.map { "\($0)=\(counts[$0] ?? 0)" }.joined(separator: " ")
      case "watermark": section.title = "watermark \(actual.watermark ?? "none")"
      case "error":
        if let error = actual.error, let expected = expectation.error, error.contains(expected) { break }
        section.title = "error \(actual.error ?? "")"
      default: break
      }
      if !section.title.isEmpty { text.append("-- \(section.title)") }
      text += section.lines
    }
    return text.joined(separator: "\n")
  }
}
