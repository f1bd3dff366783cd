import FileConnector
import LocalConnectors
import TidemillColumns
import TidemillConnectors
import TidemillFormats
import TidemillPlan

/// The beginning of an input whose columns nobody declared, and what it says about them.
struct InputSample {
  var schema: Schema
  /// Options that the sample shows to be needed, such as CSV's header.
  var options: [String: String] = [:]
  /// What had to be taken from a pipe, and is still to be processed.
  var prefix: [UInt8] = []

  static func read(_ definition: StreamDefinition) throws -> InputSample {
    do { return try sample(definition) } catch { throw Secrets(ofOptions: [definition.options]).redacting(error) }
  }

  private static func sample(_ definition: StreamDefinition) throws -> InputSample {
    var definition = definition
    definition.options = try OptionReferences.resolved(definition.options, of: "stream \(definition.name)")
    switch definition.provider {
    case "rate": return InputSample(schema: RateSource.schema)
    case "parquet": return InputSample(schema: try Lake.parquetColumns(definition))
    case "delta": return InputSample(schema: try Lake.deltaColumns(definition))
    case "stdin":
      let bytes = try StdinSource.sample()
      var isCSV = definition.options["format"] == "csv"
      if definition.options["format"] == nil { isCSV = bytes.first { $0 != 32 && $0 != 10 && $0 != 13 } != UInt8(ascii: "{") }
      var sample = try infer(bytes, isCSV: isCSV, definition.options)
      if isCSV { sample.options["format"] = "csv" }
      sample.prefix = bytes
      return sample
    case "json", "csv":
      return try ofFiles(isCSV: definition.provider == "csv", definition.options, owner: "stream \(definition.name)")
    default:
      throw TidemillError(
        .invalidQuery, "the columns of a stream USING \(definition.provider) cannot be learned from a sample",
        hint: "declare them: CREATE STREAM \(definition.name) (name TYPE, …) USING \(definition.provider)")
    }
  }

  /// What the first file says that the options name.
  ///
  /// - Parameter owner: `stream sales`, for messages.
  static func ofFiles(isCSV: Bool, _ options: [String: String], owner: String) throws -> InputSample {
    guard let path = options["path"] else {
      throw TidemillError(.invalidQuery, "\(owner) has no path", hint: "say OPTIONS (path '…')")
    }
    // What is no compression is told where the files are opened.
    let compression = options["compression"].flatMap { Compression(rawValue: $0.lowercased()) } ?? .auto
    return try infer(try FileSample.read(path: path, compression: compression), isCSV: isCSV, options)
  }

  private static func infer(_ bytes: [UInt8], isCSV: Bool, _ options: [String: String]) throws -> InputSample {
    guard isCSV else { return InputSample(schema: try SchemaInference.infer(format: .json, sample: bytes).schema) }
    let csv = try CSVOptions(options)
    let inferred = try SchemaInference.infer(
      format: .csv(csv, header: options["header"].map { _ in csv.header }), sample: bytes)
    return InputSample(schema: inferred.schema, options: ["header": inferred.hasHeader ? "true" : "false"])
  }

  /// The format that a path's ending says; names without one are JSON lines.
  static func provider(ofPath path: String, at range: TextRange) throws -> String {
    var path = path
    // Compressed files are named for what is in them, then for how.
    for ending in [".gz", ".zst"] where path.hasSuffix(ending) { path.removeLast(ending.count) }
    guard let dot = path.lastIndex(of: "."), !path[dot...].contains("/") else { return "json" }
    switch path[path.index(after: dot)...].lowercased() {
    case "csv", "tsv": return "csv"
    case "json", "jsonl", "ndjson", "log", "txt", "*": return "json"
    case "parquet": return "parquet"
    case let ending:
      throw TidemillError(
        .unsupported, "files ending in .\(ending) cannot be read yet",
        hint: "use .json, .jsonl, .ndjson, .csv or .parquet, or declare the format with CREATE STREAM … USING json|csv|parquet",
        at: range)
    }
  }
}
