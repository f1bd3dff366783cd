#if Lake
  import FileConnector
  import LakeFiles
  import TidemillColumns
  import TidemillConnectors
  import TidemillFiles
  import TidemillPlan

  /// Parquet files by name: `USING parquet`.
  package enum ParquetConnector {
    /// Makes the source that a stream's definition means.
    ///
    /// - Throws: `TidemillError` for options that it does not take, and when there is nothing at the path.
    package static func source(_ context: SourceContext) throws -> any Source {
      var options = OptionReader(context.definition)
      let folder = try folder(&options)
      try options.finish()
      return ParquetSource(folder, request: context.request, report: context.report)
    }

    /// Makes the source of a static table.
    ///
    /// - Throws: `TidemillError` for options that it does not take, and when there is nothing at the path.
    package static func table(_ context: TableContext) throws -> any TableSource {
      var options = OptionReader(context.definition)
      let folder = try folder(&options)
      try options.finish()
      return ParquetTable(folder, zone: context.zone)
    }

    /// Makes the sink that a definition means.
    ///
    /// - Throws: `TidemillError` for options that it does not take.
    package static func sink(_ context: SinkContext) throws -> any Sink {
      var options = OptionReader(context.definition)
      let path = try options.required("path")
      let remote = remoteOptions(&options)
      var writing = ParquetWriter.Options(codec: try options.one("compression", of: ParquetWriter.Codec.self) ?? .snappy)
      writing.rowGroupRows = try count("rowGroupRows", &options) ?? writing.rowGroupRows
      let partitionBy = (options.string("partitionBy") ?? "").split(separator: ",").map { trimmed($0) }.filter { !$0.isEmpty }
      let overwrites = try options.boolean("overwrite", default: false)
      let syncs = try options.boolean("sync", default: true)
      try options.finish()
      let target: any ResultFolder
      if let location = StoreLocation(path) {
        do {
          target = RemoteResultFolder(try RemoteStore(location, options: remote))
        } catch {
          throw TidemillError(
            .io, "\(options.owner): \(location.description) cannot be reached: \(error)", hint: "check the options s3.…")
        }
      } else {
        target = LocalResultFolder(StoreLocation.directory(path), files: LocalFileSystem(), syncs: syncs)
      }
      return ParquetSink(
        target, options: ParquetSink.Options(writing: writing, partitionBy: partitionBy, overwrites: overwrites),
        owner: options.owner)
    }

    /// The columns of the files that a stream's definition means: those of the first file, and those of its path.
    package static func columns(_ definition: StreamDefinition) throws -> Schema {
      var options = OptionReader(definition)
      return try LearntSchema.columns(of: try folder(&options))
    }

    private static func folder(_ options: inout OptionReader) throws -> ParquetFolder {
      let path = try options.required("path")
      return try ParquetFolder(path: path, options: remoteOptions(&options))
    }

    /// How a store is reached, from the options `s3.…`.
    static func remoteOptions(_ options: inout OptionReader) -> RemoteStore.Options {
      RemoteStore.Options(
        endpoint: options.string("s3.endpoint"), region: options.string("s3.region"),
        accessKey: options.string("s3.accessKey"), secretKey: options.string("s3.secretKey"),
        sessionToken: options.string("s3.sessionToken"))
    }

    private static func count(_ name: String, _ options: inout OptionReader) throws -> Int? {
      guard let text = options.string(name) else { return nil }
      guard let count = Int(text), count > 0 else {
        throw TidemillError(
          .invalidQuery, "\(options.owner): option \(name) is '\(text)'", hint: "it takes a number above zero")
      }
      return count
    }

    private static func trimmed(_ text: Substring) -> String {
      var text = text
      while text.first == " " { text.removeFirst() }
      while text.last == " " { text.removeLast() }
      return String(text)
    }
  }
#endif
