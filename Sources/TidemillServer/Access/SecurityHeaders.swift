#if Server
  import HTTPTypes
  import Hummingbird

  /// What every response says about how it may be used.
  enum SecurityHeaders {
    /// All that the page needs is in it or comes from here; nothing else is let in.
    static let policy =
      "default-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"

    static func add(to response: inout Response) {
      response.headers[.contentSecurityPolicy] = policy
      response.headers[.xContentTypeOptions] = "nosniff"
      response.headers[Self.referrerPolicy] = "no-referrer"
      response.headers[Self.resourcePolicy] = "same-origin"
      response.headers[Self.openerPolicy] = "same-origin"
      if !response.headers.contains(.cacheControl) {
        response.headers[.cacheControl] = "no-store"
      }
    }

    private static let referrerPolicy = HTTPField.Name("Referrer-Policy")!
    private static let resourcePolicy = HTTPField.Name("Cross-Origin-Resource-Policy")!
    private static let openerPolicy = HTTPField.Name("Cross-Origin-Opener-Policy")!
  }
#endif
