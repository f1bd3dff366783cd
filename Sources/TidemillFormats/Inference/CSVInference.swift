import TidemillColumns

/// The columns of CSV: their names by its header if it seems to have one, else `_c0`, `_c1` … as in Spark.
enum CSVInference {
  /// A first line names the columns if its fields are all different text that is no number, time or boolean, and either there
  /// is a column whose other values are one of those, or there are no other lines.
  static func infer(_ sample: UnsafeBufferPointer<UInt8>, options: CSVOptions, header: Bool?) -> InferredSchema {
    let scanner = CSVFieldScanner(options)
    var lines = LineScan.lines(sample).filter { !$0.isEmpty }
    if lines.count > 1, sample.last != UInt8(ascii: "\n") { lines.removeLast() }
    let rows = lines.compactMap { scanner.strings($0) }
    guard let first = rows.first else { return InferredSchema(Schema()) }
    let width = first.count
    let rest = types(rows.dropFirst().filter { $0.count == width }, width: width, options)
    let hasHeader = header ?? looksLikeHeader(first, rest: rest, isAlone: rows.count == 1)
    let types = hasHeader ? rest : types(rows.filter { $0.count == width }, width: width, options)
    let names = hasHeader ? first : (0..<width).map { "_c\($0)" }
    return InferredSchema(Schema(zip(names, types).map { Field($0, $1) }), hasHeader: hasHeader)
  }

  private static func looksLikeHeader(_ first: [String], rest: [DataType], isAlone: Bool) -> Bool {
    let areNames = first.allSatisfy { !$0.isEmpty && kind($0) == .string } && Set(first).count == first.count
    return areNames && (isAlone || rest.contains { $0 != .string })
  }

  private static func types(_ rows: [[String]], width: Int, _ options: CSVOptions) -> [DataType] {
    var observed = Array(repeating: ObservedType(), count: width)
    for row in rows {
      for (column, text) in row.enumerated() where !text.isEmpty && text != options.nullValue {
        observed[column].observe(kind(text))
      }
    }
    return observed.map(\.type)
  }

  private static func kind(_ text: String) -> ObservedType.Kind {
    var text = text
    return text.withUTF8 { raw in
      let bytes = TextParsing.trimmed(raw)
      if TextParsing.boolean(bytes) != nil { return .boolean }
      if NumberText(bytes) != nil {
        let isPlain = !bytes.contains { [0x2E, 0x45, 0x65].contains($0) }
        return isPlain && TextParsing.integer(bytes) != nil ? .integer : .double
      }
      return ObservedType.kind(ofText: bytes)
    }
  }
}
