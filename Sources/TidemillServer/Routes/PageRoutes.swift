#if Server
  import DashboardPage
  import HTTPTypes
  import Hummingbird
  import InterfaceDocument

  /// The dashboard and the description of the interface: what was embedded when this was built.
  struct PageRoutes: Sendable {
    fileprivate struct Asset {
      var contentType: String
      var tag: String
      var bytes: ByteBuffer
    }

    private let assets: [String: Asset]
    private let document: Asset

    init() {
      var count = 0
      let files = dashboard_files(&count)
      var assets: [String: Asset] = [:]
      for index in 0..<count {
        let name = String(cString: files[index].name)
        assets[name] = Asset(name, UnsafeBufferPointer(start: files[index].bytes, count: files[index].length))
      }
      self.assets = assets
      var length = 0
      let text = interface_document(&length)
      document = Asset("openapi.json", UnsafeBufferPointer(start: text, count: length))
    }

    func add(to router: Router<ServerContext>, _ table: inout RouteTable) {
      table.get("/", router) { request, _ in try answer("page.html", request) }
      table.get("/view/{name}", router) { request, _ in try answer("page.html", request) }
      // The names are those of a table: there is no folder to leave.
      table.get("/assets/{name}", router) { request, context in try answer(context.name(), request) }
      table.get("/openapi.json", router) { request, _ in document.response(to: request) }
    }

    private func answer(_ name: String, _ request: Request) throws -> Response {
      guard let asset = assets[name] else { throw Problem.noSuch("asset", name, among: Array(assets.keys)) }
      return asset.response(to: request)
    }
  }

  extension PageRoutes.Asset {
    init(_ name: String, _ content: UnsafeBufferPointer<UInt8>) {
      bytes = ByteBuffer(bytes: content)
      // FNV-1a: enough to tell one build's file from another's.
      var hash: UInt64 = 0xcbf2_9ce4_8422_2325
      for byte in content { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
      tag = "\"\(String(hash, radix: 16))\""
      contentType =
        switch name.split(separator: ".").last ?? "" {
        case "html": "text/html; charset=utf-8"
        case "js", "mjs": "text/javascript; charset=utf-8"
        case "css": "text/css; charset=utf-8"
        case "json": "application/json"
        case "svg": "image/svg+xml"
        case "png": "image/png"
        case "ico": "image/x-icon"
        case "woff2": "font/woff2"
        case "txt": "text/plain; charset=utf-8"
        default: "application/octet-stream"
        }
    }

    func response(to request: Request) -> Response {
      // Asked for each time, and not sent again while it is the same.
      let headers: HTTPFields = [.contentType: contentType, .eTag: tag, .cacheControl: "no-cache"]
      if request.headers[.ifNoneMatch]?.contains(tag) == true { return Response(status: .notModified, headers: headers) }
      return Response(status: .ok, headers: headers, body: Answer.body([bytes]))
    }
  }
#endif
