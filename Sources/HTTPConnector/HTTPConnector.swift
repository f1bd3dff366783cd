#if HTTP
  import TidemillConnectors
  import TidemillFiles

  /// What a build with the package trait `HTTP` can do: sinks `USING http`.
  public enum HTTPConnector {
    /// Makes the sink that a definition means. Nothing is connected before the first request.
    ///
    /// - Throws: `TidemillError` for options that it does not take.
    public static func sink(_ context: SinkContext) throws -> any Sink {
      try HTTPSink(context, files: LocalFileSystem()) { options in
        try AsyncHTTPTransport(certificateFile: options.certificateFile)
      }
    }
  }
#endif
