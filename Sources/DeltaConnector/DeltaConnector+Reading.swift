#if Lake
  import DeltaLog
  import LakeFiles
  import TidemillColumns
  import TidemillConnectors
  import TidemillPlan

  /// Delta tables that are read, by name: streams and static tables `USING delta`.
  extension DeltaConnector {
    /// Makes the stream of a table's versions.
    ///
    /// - Throws: `TidemillError` for options that it does not take, and when there is no table that can be read so.
    package static func source(_ context: SourceContext) throws -> any Source {
      var options = OptionReader(context.definition)
      let owner = options.owner
      let store = try readStore(&options)
      let reading = try sourceOptions(&options)
      let limit = try retryLimit(&options)
      try options.finish()
      let waiting = Interruptible()
      let report = context.report
      let log = PatientStore(
        store, limit: .microseconds((limit ?? .minutes(5)).microseconds), report: { report("\(owner): \($0)") },
        pause: { try waiting.wait($0) })
      return try DeltaSource(
        store, log: log, codec: ParquetCheckpoints(), request: context.request, options: reading, now: now, waiting: waiting)
    }

    /// Makes a static table.
    ///
    /// - Throws: `TidemillError` for options that it does not take.
    package static func table(_ context: TableContext) throws -> any TableSource {
      var options = OptionReader(context.definition)
      let store = try readStore(&options)
      try options.finish()
      // A table that cannot be read at the moment is looked at again later, so nobody waits for its store.
      return DeltaTableSource(store, log: store, codec: ParquetCheckpoints(), zone: context.zone, now: now)
    }

    /// The columns of the table that a stream's definition means, as far as they can be read.
    package static func columns(_ definition: StreamDefinition) throws -> Schema {
      var options = OptionReader(definition)
      let store = try readStore(&options)
      _ = try sourceOptions(&options)
      _ = try retryLimit(&options)
      try options.finish()
      return try readableColumns(of: DeltaTable.loadToRead(store, codec: ParquetCheckpoints(), now: now))
    }

    static func readableColumns(of table: DeltaTable) throws -> Schema {
      let columns = try TableColumns.readable(table.metadata)
      guard columns.count > 0 else {
        throw TidemillError(
          .badInput, "\(table.name) has no columns that can be read", hint: "lists, maps and bytes are left out")
      }
      return columns
    }

    private static func readStore(_ options: inout OptionReader) throws -> any LakeStore {
      let path = try options.required("path")
      return try store(path, remoteOptions(&options), owner: options.owner)
    }

    private static func sourceOptions(_ options: inout OptionReader) throws -> DeltaSourceOptions {
      let rules = StreamRules(
        ignoresDeletes: try options.boolean("ignoreDeletes", default: false),
        ignoresChanges: try options.boolean("ignoreChanges", default: false),
        skipsChanges: try options.boolean("skipChangeCommits", default: false))
      let version = options.string("startingVersion")
      guard let reading = DeltaSourceOptions(rules: rules, startingVersion: version) else {
        throw TidemillError(
          .invalidQuery, "\(options.owner): option startingVersion is '\(version ?? "")'",
          hint: "it takes the number of a version, or latest")
      }
      return reading
    }
  }

  extension DeltaTable {
    /// A table that is there and can be read.
    ///
    /// - Throws: `TidemillError`.
    static func loadToRead(
      _ store: any LakeStore, codec: any CheckpointCodec, now: @escaping @Sendable () -> Int
    ) throws -> DeltaTable {
      guard let table = try translating({ try DeltaTable.load(store, codec: codec, now: now) }) else {
        throw TidemillError(
          .badInput, "there is no Delta table in \(store.description)",
          hint: "give the table's directory, or start the job first that writes it")
      }
      try table.checkReading()
      return table
    }
  }
#endif
