#if Lake
  import DeltaLog
  import LakeFiles
  import TidemillColumns
  import TidemillConnectors
  import TidemillPlan

  #if canImport(Glibc)
    import Glibc
  #elseif canImport(Musl)
    import Musl
  #elseif canImport(Darwin)
    import Darwin
  #endif

  /// Delta tables by name: `USING delta`.
  package enum DeltaConnector {
    /// Milliseconds since 1970.
    package static let now: @Sendable () -> Int = {
      var time = timespec()
      clock_gettime(CLOCK_REALTIME, &time)
      return Int(time.tv_sec) * 1000 + Int(time.tv_nsec) / 1_000_000
    }

    /// The store that a path means: a directory, or `s3://bucket/folder`.
    ///
    /// - Throws: `TidemillError` when it cannot be reached, or is one in which writers cannot keep out of each other's way.
    package static func store(_ path: String, _ options: RemoteStore.Options, owner: String) throws -> any LakeStore {
      guard let location = StoreLocation(path) else {
        if let scheme = path.firstRange(of: "://"), !path.hasPrefix("file://") {
          throw TidemillError(
            .unsupported, "\(owner): there are no tables at \(path[..<scheme.upperBound])…",
            hint: "give a directory, or a place such as s3://bucket/folder")
        }
        return LocalLakeStore(root: StoreLocation.directory(path))
      }
      do {
        return RemoteLakeStore(try RemoteStore(location, options: options))
      } catch {
        throw TidemillError(
          .io, "\(owner): \(location.description) cannot be reached: \(error)", hint: "check the options s3.…")
      }
    }

    /// Makes the sink `USING delta`.
    package static func sink(_ context: SinkContext) throws -> any Sink {
      var options = OptionReader(context.definition)
      let owner = options.owner
      let path = try options.required("path")
      let remote = remoteOptions(&options)
      if let location = StoreLocation(path), location.kind != .s3 {
        throw TidemillError(
          .unsupported,
          "\(owner): \(location.kind.name) has no way here to write a file only if there is none of its name, so that two "
            + "writers of a table would lose each other's rows",
          hint: "write to S3 or to a directory")
      }
      let store = try store(path, remote, owner: owner)
      let writing = ParquetWriter.Options(codec: try options.one("compression", of: ParquetWriter.Codec.self) ?? .snappy)
      let sinkOptions = try sinkOptions(&options)
      try options.finish()
      return DeltaSink(
        store, format: ParquetRowFormat(writing), codec: ParquetCheckpoints(), options: sinkOptions, owner: owner, now: now,
        report: context.report)
    }

    /// How a store is reached, from the options `s3.…`.
    package static func remoteOptions(_ options: inout OptionReader) -> RemoteStore.Options {
      RemoteStore.Options(
        endpoint: options.string("s3.endpoint"), region: options.string("s3.region"),
        accessKey: options.string("s3.accessKey"), secretKey: options.string("s3.secretKey"),
        sessionToken: options.string("s3.sessionToken"))
    }

    private static func sinkOptions(_ options: inout OptionReader) throws -> DeltaSinkOptions {
      var result = DeltaSinkOptions(
        overwrites: try options.boolean("overwrite", default: false), isShared: try options.boolean("shared", default: false),
        compacts: try options.boolean("compact", default: true))
      if let text = options.string("partitionBy") {
        result.partitionBy = text.split(separator: ",").map { trimmed($0) }.filter { !$0.isEmpty }
      }
      result.targetFileSize = try size("targetFileSize", &options)
      if let cache = try size("cache", &options) { result.cacheBytes = cache }
      if let limit = try retryLimit(&options) { result.retryLimit = limit }
      for name in options.remaining().keys.sorted() where name.hasPrefix("delta.") {
        guard let property = TableProperties.known.first(where: { $0.lowercased() == name }) else {
          throw TidemillError(
            .invalidQuery, "\(options.owner): there is no property \(name) that a table could be made with",
            hint: "the properties are \(TableProperties.known.joined(separator: ", "))")
        }
        result.properties[property] = options.string(name)
      }
      return result
    }

    /// How long to wait for a store that does not answer, if the options say so.
    static func retryLimit(_ options: inout OptionReader) throws -> TimeSpan? {
      guard let text = options.string("retry.limit") else { return nil }
      guard let span = TimeSpan(parsing: text), span > .zero else {
        throw TidemillError(
          .invalidQuery, "\(options.owner): option retry.limit is '\(text)'",
          hint: "it takes an interval such as '10 seconds'")
      }
      return span
    }

    private static func trimmed(_ text: Substring) -> String {
      var text = text
      while text.first == " " { text.removeFirst() }
      while text.last == " " { text.removeLast() }
      return String(text)
    }

    private static func size(_ name: String, _ options: inout OptionReader) throws -> Int? {
      guard let text = options.string(name) else { return nil }
      guard let size = ByteSize(parsing: text), size.bytes > 0 else {
        throw TidemillError(
          .invalidQuery, "\(options.owner): option \(name) is '\(text)'", hint: "it takes a size such as '64 MB'")
      }
      return size.bytes
    }
  }
#endif
