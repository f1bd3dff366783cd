#if Server
  import Hummingbird
  import NIOCore

  /// What comes with a request.
  struct ServerContext: RequestContext {
    var coreContext: CoreRequestContextStorage
    /// The connection that it came by.
    let channel: any Channel

    init(source: ApplicationRequestContextSource) {
      coreContext = CoreRequestContextStorage(source: source)
      channel = source.channel
    }

    /// A part of the path that the route gives a name, without escapes.
    ///
    /// - Throws: `Problem` for escapes that are none.
    func name(_ parameter: String = "name") throws -> String {
      let text = parameters.get(parameter) ?? ""
      guard let name = QueryItems.decoded(text, plusIsSpace: false) else {
        throw Problem(.badRequest, "Wrong path", "'\(text)' in the path is not percent-encoded UTF-8")
      }
      return name
    }
  }
#endif
