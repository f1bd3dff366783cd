import FileConnector
import LocalConnectors
import TidemillColumns
import TidemillConnectors
import TidemillFiles
import TidemillFormats
import TidemillPlan

extension ConnectorRegistry {
  /// Files, standard input, the console and the rate generator, and what the package traits of this build add.
  public static var standard: ConnectorRegistry {
    var registry = ConnectorRegistry()
    for format in FormatName.allCases {
      registry.add(source: format.rawValue) { try fileSource($0, format) }
      registry.add(sink: format.rawValue) { try fileSink($0, format) }
      registry.add(table: format.rawValue) { try fileTable($0, format) }
    }
    registry.add(source: "stdin", stdinSource)
    registry.add(source: "http", pushStream)
    registry.add(source: "rate") { context in
      let options = OptionReader(context.definition)
      return try RateSource(context.request, options: RateSource.Options(options.remaining()))
    }
    registry.add(sink: "console", consoleSink)
    registry.addHTTPIfBuilt()
    for provider in TableProvider.allCases {
      registry.add(sink: provider.rawValue) { try tableSink(provider.rawValue, $0) }
    }
    registry.addKafkaIfBuilt()
    registry.addLakeIfBuilt()
    return registry
  }
}

/// The formats of files and pipes.
enum FormatName: String, CaseIterable {
  case json, csv

  static let csvOptions = ["header", "sep", "delimiter", "quote", "escape", "nullvalue"]
}

private func format(
  _ name: FormatName, _ context: SourceContext, _ options: inout OptionReader
) throws -> any RecordFormat {
  switch name {
  case .json: JSONFormat(request: context.request)
  case .csv:
    try CSVFormat(
      request: context.request, declared: context.definition.schema,
      options: CSVOptions(options.take(FormatName.csvOptions)))
  }
}

private func fileSource(_ context: SourceContext, _ name: FormatName) throws -> any Source {
  var options = OptionReader(context.definition)
  let path = try options.required("path")
  let compression = try options.one("compression", of: Compression.self) ?? .auto
  let format = try format(name, context, &options)
  try options.finish()
  return try FileSource(path: path, format: format, formatName: name.rawValue, compression: compression)
}

private func fileTable(_ context: TableContext, _ name: FormatName) throws -> any TableSource {
  var options = OptionReader(context.definition)
  let given = options.remaining()
  let path = try options.required("path")
  let compression = try options.one("compression", of: Compression.self) ?? .auto
  let csv = name == .csv ? try CSVOptions(options.take(FormatName.csvOptions)) : nil
  try options.finish()
  let (owner, declared, zone) = (options.owner, context.definition.schema, context.zone)
  return FileTable(
    path: path, formatName: name.rawValue, compression: compression,
    learn: {
      let sample = try InputSample.ofFiles(isCSV: name == .csv, given, owner: owner)
      return LearntColumns(sample.schema, options: sample.options)
    },
    format: { columns in
      let request = ReadRequest(schema: columns, zone: zone)
      return try csv.map { try CSVFormat(request: request, declared: declared, options: $0) } ?? JSONFormat(request: request)
    })
}

private func stdinSource(_ context: SourceContext) throws -> any Source {
  var options = OptionReader(context.definition)
  let name = try options.one("format", of: FormatName.self) ?? .json
  let format = try format(name, context, &options)
  try options.finish()
  return try StdinSource(
    format: format, prefix: context.prefix, spoolDirectory: context.spoolDirectory,
    files: context.spoolDirectory.map { _ in LocalFileSystem() })
}

private func pushStream(_ context: SourceContext) throws -> any Source {
  var options = OptionReader(context.definition)
  let name = try options.one("format", of: FormatName.self) ?? .json
  let format = try format(name, context, &options)
  guard !format.hasHeader else {
    throw TidemillError(
      .unsupported, "\(options.owner): what is pushed has no header line",
      hint: "push the values only, in the order in which the stream declares its columns")
  }
  var limit = 64 << 20
  if let text = options.string("max.waiting") {
    guard let size = ByteSize(parsing: text), size.bytes > 0 else {
      throw TidemillError(
        .invalidQuery, "\(options.owner): option max.waiting is '\(text)'", hint: "it takes a size such as '64 MB'")
    }
    limit = size.bytes
  }
  try options.finish()
  return try PushStream(
    name: context.definition.name, schema: context.definition.schema, format: format, spoolDirectory: context.spoolDirectory,
    files: context.spoolDirectory.map { _ in LocalFileSystem() }, waitingLimit: limit)
}

private func fileSink(_ context: SinkContext, _ name: FormatName) throws -> any Sink {
  var options = OptionReader(context.definition)
  let path = try options.required("path")
  let fileOptions = FileSink.Options(
    overwrites: try options.boolean("overwrite", default: false), syncs: try options.boolean("sync", default: true))
  let writer: any RecordWriter
  switch name {
  case .json: writer = JSONWriter(zone: context.zone)
  case .csv:
    var csv = options.take(FormatName.csvOptions)
    csv["header"] = csv["header"] ?? "true"
    writer = CSVWriter(
      zone: context.zone, options: try CSVOptions(csv), marksRetractions: context.mode == .update)
  }
  try options.finish()
  return FileSink(
    directory: path, writer: writer, fileExtension: name.rawValue, files: LocalFileSystem(), options: fileOptions)
}

/// How the console shows rows.
public enum ConsoleFormat: String, CaseIterable, Sendable {
  /// A drawn table, JSON lines, or CSV.
  case table, json, csv

  /// What turns rows into this format's text.
  public func writer(mode: OutputMode, zone: SessionZone) -> any RecordWriter {
    switch self {
    case .table: TableWriter(zone: zone)
    case .json: JSONWriter(zone: zone)
    case .csv: CSVWriter(zone: zone, marksRetractions: mode == .update)
    }
  }
}

private func consoleSink(_ context: SinkContext) throws -> any Sink {
  var options = OptionReader(context.definition)
  let format = try options.one("format", of: ConsoleFormat.self) ?? .table
  try options.finish()
  return ConsoleSink(writer: format.writer(mode: context.mode, zone: context.zone))
}
