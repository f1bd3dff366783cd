/// Which options hold credentials, by their names and by their values.
package enum OptionSecrecy {
  /// Parts of names that speak of credentials.
  private static let parts = [
    "password", "passwd", "passphrase", "secret", "token", "credential", "authorization", "cookie", "apikey", "accesskey",
    "privatekey", "jaas",
  ]
  /// Headers that say what a request is, not who sends it.
  private static let openHeaders: Set<String> = ["header.content-type", "header.accept", "header.user-agent"]

  /// Whether an option of this name holds a credential: `password`, `sasl.jaas.config`, `api_key`, `header.x-signature`.
  ///
  /// A `key` alone, or with a word before it such as `partition.key`, names columns.
  package static func isSecret(_ name: String) -> Bool {
    let name = name.lowercased()
    if name.hasPrefix("header.") { return !openHeaders.contains(name) }
    let letters = name.filter { $0.isLetter || $0.isNumber }
    return parts.contains { letters.contains($0) }
  }

  /// The `user:password` of `scheme://user:password@host`; `nil` where there is none.
  package static func userinfo(of value: String) -> Substring? {
    var rest = value[...]
    while let colon = rest.firstIndex(of: ":") {
      rest = rest[colon...].dropFirst()
      guard rest.hasPrefix("//") else { continue }
      rest = rest.dropFirst(2)
      let authority = rest.prefix { !"/?#".contains($0) && !$0.isWhitespace }
      // A password may hold an @ of its own: the last one ends it.
      if let at = authority.lastIndex(of: "@"), at > authority.startIndex { return authority[..<at] }
    }
    return nil
  }
}
