import TidemillColumns
import TidemillPlan

/// Credentials that must not be read in messages, and the way to take them out.
///
/// Connectors speak with libraries and servers that may repeat what they were given. So whatever leaves a session as text goes
/// through `redacting`, whoever wrote it.
package struct Secrets: Sendable {
  /// Longest first, so that none hides a part of another and leaves the rest.
  private let values: [String]

  /// Shorter ones are hidden only in quotes: they are parts of ordinary words.
  private static let shortest = 4
  /// Words of a secret that count as secrets themselves, such as the token behind `Bearer`, have at least so many bytes.
  private static let shortestWord = 8

  /// The values, and the longer words in them.
  package init(_ values: some Sequence<String>) {
    var all: Set<String> = []
    for value in values {
      all.insert(value)
      for word in value.split(whereSeparator: \.isWhitespace) where word.utf8.count >= Self.shortestWord {
        all.insert(String(word))
      }
    }
    all.remove("")
    self.values = all.sorted { ($0.utf8.count, $0) > ($1.utf8.count, $1) }
  }

  /// What the options of streams and sinks hold that nobody should read: values of options whose names speak of credentials, the
  /// users and passwords of addresses, and everything that came from a reference. A `path` is no secret.
  ///
  /// A reference that stands for nothing is passed over: whoever makes the connector says so.
  package init(ofOptions options: some Sequence<[String: String]>) {
    var values: [String] = []
    for (name, value) in options.joined() where name != "path" {
      let resolved = (try? OptionReferences.resolved(value, option: name, of: "")) ?? value
      if resolved != value || OptionSecrecy.isSecret(name) { values.append(resolved) }
      if let userinfo = OptionSecrecy.userinfo(of: resolved) {
        values.append(String(userinfo))
        if let password = userinfo.split(separator: ":", maxSplits: 1).dropFirst().first { values.append(String(password)) }
      }
    }
    self.init(values)
  }

  package var isEmpty: Bool { values.isEmpty }

  /// The text with dots in place of secrets.
  package func redacting(_ text: String) -> String {
    var text = text
    for value in values {
      if value.utf8.count >= Self.shortest {
        text = text.replacing(value, with: "…")
      } else {
        for quote in ["'", "\"", "`"] { text = text.replacing(quote + value + quote, with: quote + "…" + quote) }
      }
    }
    return text
  }

  /// The error with dots in place of secrets; only errors of Tidemill hold text of its own.
  package func redacting(_ error: any Error) -> any Error {
    guard !isEmpty, var known = error as? TidemillError else { return error }
    known.message = redacting(known.message)
    known.hint = known.hint.map { redacting($0) }
    return known
  }
}
