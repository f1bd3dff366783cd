#if Server

  /// Which requests are meant for this server. A page of another site, or one whose name was made to lead here, must not use it
  /// through somebody's browser.
  struct HostRules: Sendable {
    /// Whether only this machine can reach the server. Then its names are known, and others are refused.
    let isLoopback: Bool

    /// - Parameters:
    ///   - authority: what the request calls the server: the header `Host`.
    ///   - origin: the header `Origin`, which browsers send with everything but plain reads.
    ///   - isWrite: whether the method is more than a read.
    func refusal(authority: String?, origin: String?, site: String?, isWrite: Bool) -> Problem? {
      if isLoopback, !(authority.map { ListenAddress.isLoopback(Self.host(of: $0)) } ?? false) {
        return Problem(
          .misdirectedRequest, "Wrong host",
          "the server on this machine does not answer to \(authority.map { "'\($0)'" } ?? "a request without a host"); "
            + "use localhost, 127.0.0.1 or [::1]")
      }
      guard isWrite else { return nil }
      if let origin {
        let own = ["http://", "https://"].contains { scheme in
          origin.lowercased().hasPrefix(scheme) && origin.dropFirst(scheme.count).lowercased() == authority?.lowercased()
        }
        if !own { return Problem(.forbidden, "Another origin", "requests that do more than read come from this server's own pages") }
      } else if let site, site != "same-origin", site != "none" {
        return Problem(.forbidden, "Another site", "requests that do more than read come from this server's own pages")
      }
      return nil
    }

    /// Without the port and brackets.
    static func host(of authority: String) -> Substring {
      if authority.hasPrefix("[") {
        return authority.dropFirst().prefix { $0 != "]" }
      }
      return authority.prefix { $0 != ":" }
    }
  }
#endif
