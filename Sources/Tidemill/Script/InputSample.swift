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
    let bytes: [UInt8]
    var definition = definition
    definition.options = try OptionReferences.resolved(definition.options, of: "stream \(definition.name)")
    switch definition.provider {
    case "rate": return InputSample(schema: RateSource.schema)
    case "parquet": return InputSample(schema: try Lake.parquetColumns(definition))
    case "stdin": bytes = try StdinSource.sample()
    case "json", "csv":
      guard let path = definition.options["path"] else {
        throw TidemillError(
          .invalidQuery, "stream \(definition.name) has no path", hint: "say OPTIONS (path '…')")
      }
      // What is no compression is told where the stream is opened.
      let compression = definition.options["compression"].flatMap { Compression(rawValue: $0.lowercased()) } ?? .auto
      bytes = try FileSample.read(path: path, compression: compression)
    default:
      throw TidemillError(
        .invalidQuery, "the columns of a stream USING \(definition.provider) cannot be learned from a sample",
        hint: "declare them: CREATE STREAM \(definition.name) (name TYPE, …) USING \(definition.provider)")
    }
    var isCSV = definition.provider == "csv" || definition.options["format"] == "csv"
    if definition.provider == "stdin", definition.options["format"] == nil {
      isCSV = bytes.first { $0 != 32 && $0 != 10 && $0 != 13 } != UInt8(ascii: "{")
    }
    guard isCSV else {
      return InputSample(schema: try SchemaInference.infer(format: .json, sample: bytes).schema, prefix: bytes)
    }
    let options = try CSVOptions(definition.options)
    let inferred = try SchemaInference.infer(
      format: .csv(options, header: definition.options["header"].map { _ in options.header }), sample: bytes)
    var found = ["header": inferred.hasHeader ? "true" : "false"]
    if definition.provider == "stdin" { found["format"] = "csv" }
    return InputSample(schema: inferred.schema, options: found, prefix: bytes)
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
