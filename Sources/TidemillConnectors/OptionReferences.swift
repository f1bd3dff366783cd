#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif
import TidemillColumns

/// What an option's value may refer to, so that a script holds no credentials: `${env:NAME}` is an environment variable and
/// `${file:PATH}` the text of a file without its last line end.
///
/// References are resolved when a connector is made, and only the connector sees what they stand for: plans, checkpoints, progress
/// and messages hold the reference. A dollar sign that begins no `${` is itself, and `$${` stands for `${`.
package enum OptionReferences {
  /// The longest file that can be meant: a credential or a certificate, not data.
  private static let longestFile = 1 << 20

  /// The options with what their references stand for.
  ///
  /// - Parameter owner: `stream sales` or `sink hourly`, for messages.
  /// - Throws: `TidemillError` for a reference that is misspelt, or that stands for nothing.
  package static func resolved(_ options: [String: String], of owner: String) throws -> [String: String] {
    var result = options
    for name in options.keys.sorted() { result[name] = try resolved(options[name]!, option: name, of: owner) }
    return result
  }

  /// The value of one option with what its references stand for.
  static func resolved(_ value: String, option name: String, of owner: String) throws -> String {
    guard value.contains("${") else { return value }
    return try resolved(value) { problem, hint in
      TidemillError(.invalidQuery, "\(owner): option \(name): \(problem)", hint: hint)
    }
  }

  private static func resolved(
    _ text: String, _ refusal: (_ problem: String, _ hint: String) -> TidemillError
  ) throws -> String {
    var result = ""
    var rest = text[...]
    while let dollar = rest.firstIndex(of: "$") {
      result += rest[..<dollar]
      rest = rest[dollar...]
      if rest.hasPrefix("$${") {
        result += "${"
        rest = rest.dropFirst(3)
      } else if rest.hasPrefix("${") {
        guard let end = rest.firstIndex(of: "}") else {
          throw refusal("a reference is not closed", "write ${env:NAME} or ${file:PATH}; $${ stands for ${ itself")
        }
        result += try value(of: rest[rest.index(dollar, offsetBy: 2)..<end], refusal)
        rest = rest[rest.index(after: end)...]
      } else {
        result += "$"
        rest = rest.dropFirst()
      }
    }
    return result + rest
  }

  private static func value(
    of reference: Substring, _ refusal: (_ problem: String, _ hint: String) -> TidemillError
  ) throws -> String {
    let parts = reference.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
    switch (parts[0], parts.count == 2 ? String(parts[1]) : "") {
    case ("env", let name) where !name.isEmpty:
      guard let value = getenv(name) else {
        throw refusal("the environment has no \(name)", "set it before tidemill starts")
      }
      return String(cString: value)
    case ("file", let path) where !path.isEmpty: return try text(ofFile: path, refusal)
    default:
      throw refusal(
        "what stands in ${…} is no reference", "write ${env:NAME} or ${file:PATH}; $${ stands for ${ itself")
    }
  }

  private static func text(
    ofFile path: String, _ refusal: (_ problem: String, _ hint: String) -> TidemillError
  ) throws -> String {
    guard let file = fopen(path, "rb") else {
      throw refusal("\(path) cannot be read: \(String(cString: strerror(errno)))", "check its name and its rights")
    }
    defer { fclose(file) }
    var bytes = [UInt8](repeating: 0, count: longestFile + 1)
    let count = fread(&bytes, 1, bytes.count, file)
    guard ferror(file) == 0 else {
      throw refusal("\(path) cannot be read: \(String(cString: strerror(errno)))", "check that it is a file")
    }
    guard count <= longestFile else { throw refusal("\(path) is longer than a mebibyte", "name the file of the credential") }
    bytes.removeSubrange(count...)
    if bytes.last == UInt8(ascii: "\n") { bytes.removeLast() }
    if bytes.last == UInt8(ascii: "\r") { bytes.removeLast() }
    guard let text = String(validating: bytes, as: UTF8.self) else {
      throw refusal("\(path) is not UTF-8 text", "name the file of the credential")
    }
    return text
  }
}
