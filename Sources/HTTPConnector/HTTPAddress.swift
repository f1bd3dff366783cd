import TidemillColumns
import TidemillPlan

/// Where rows are posted to.
struct HTTPAddress: Hashable, Sendable {
  /// As it was given, its scheme in lower case.
  var url: String
  var isEncrypted: Bool
  /// The host without its port; an IPv6 address without its brackets.
  var host: String
  /// `https://example.com:8443`. All that messages show: what follows may hold a credential, as webhooks of chat services do.
  var shown: String

  /// The path and the query, and the longer parts of them: chat services put the credential there.
  var secrets: [String] {
    let rest = url.dropFirst(isEncrypted ? 8 : 7).drop { $0 != "/" && $0 != "?" }
    let parts = rest.split { "/?&=".contains($0) }.filter { $0.utf8.count >= Self.shortestSecret }
    return (parts + [rest]).filter { $0.utf8.count >= Self.shortestSecret }.map(String.init)
  }

  private static let shortestSecret = 12

  /// - Parameter owner: `sink alerts`, for messages.
  /// - Throws: `TidemillError` for what is no address of an HTTP server, without repeating it.
  init(_ text: String, of owner: String) throws {
    func refusal(_ problem: String, _ hint: String) -> TidemillError {
      TidemillError(.invalidQuery, "\(owner): option url \(problem)", hint: hint)
    }
    let example = "say url 'https://example.com/hook'"
    let isPrintable = text.utf8.allSatisfy { (0x21...0x7E).contains($0) }
    guard isPrintable else {
      throw refusal("holds a blank or a character that is not ASCII", "write such characters as % and two digits")
    }
    let lowercased = text.lowercased()
    guard let scheme = ["https", "http"].first(where: { lowercased.hasPrefix($0 + "://") }) else {
      throw refusal("does not begin with https:// or http://", example)
    }
    guard OptionSecrecy.userinfo(of: text) == nil else {
      throw refusal(
        "holds a user or a password", "give it as a header: header.authorization 'Basic ${env:CREDENTIALS}'")
    }
    guard !text.contains("#") else { throw refusal("holds a fragment", "leave out # and what follows") }
    let authority = text.dropFirst(scheme.count + 3).prefix { $0 != "/" && $0 != "?" }
    guard let (host, port) = Self.parts(of: authority) else { throw refusal("names no host", example) }
    url = scheme + text.dropFirst(scheme.count)
    isEncrypted = scheme == "https"
    self.host = host
    let name = host.contains(":") ? "[\(host)]" : host
    shown = "\(scheme)://\(name)" + (port.map { ":\($0)" } ?? "")
  }

  private static func parts(of authority: Substring) -> (host: String, port: UInt16?)? {
    var host = authority
    var rest: Substring = ""
    if authority.hasPrefix("[") {
      guard let end = authority.firstIndex(of: "]") else { return nil }
      host = authority[authority.index(after: authority.startIndex)..<end]
      rest = authority[authority.index(after: end)...]
    } else if let colon = authority.firstIndex(of: ":") {
      host = authority[..<colon]
      rest = authority[colon...]
    }
    guard !host.isEmpty, !host.contains("@") else { return nil }
    if rest.isEmpty { return (host.lowercased(), nil) }
    guard rest.hasPrefix(":"), let port = UInt16(rest.dropFirst()), port > 0 else { return nil }
    return (host.lowercased(), port)
  }

  /// Whether the host is this machine, so that nobody listens on the way.
  var isLocal: Bool { host == "localhost" || host == "::1" || host.hasPrefix("127.") }
}
