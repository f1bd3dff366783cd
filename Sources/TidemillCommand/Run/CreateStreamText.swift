import Tidemill
import TidemillFiles
import TidemillPlan

/// A stream as the statement that would declare it.
enum CreateStreamText {
  static func of(_ stream: StreamDefinition) -> String {
    let columns = members(of: stream.schema.fields, depth: 0).map { "  \($0.name) \($0.type)" }.joined(separator: ",\n")
    var text = "CREATE STREAM \(quoted(name(of: stream))) (\n\(columns)\n) USING \(quoted(stream.provider))"
    if !stream.options.isEmpty {
      let options = stream.options.sorted { $0.key < $1.key }.map { "\($0.key) \(string(shown($0.key, $0.value)))" }
      text += " OPTIONS (\(options.joined(separator: ", ")))"
    }
    return text + ";\n"
  }

  /// Columns as they are declared: those that lie in one object become the fields of one STRUCT.
  private static func members(of fields: [Field], depth: Int) -> [(name: String, type: String)] {
    var order: [String] = []
    var groups: [String: [Field]] = [:]
    for field in fields {
      let name = field.path[depth]
      if groups[name] == nil { order.append(name) }
      groups[name, default: []].append(field)
    }
    return order.map { name in
      let group = groups[name]!
      if group.count == 1, group[0].path.count == depth + 1 { return (quoted(name), group[0].type.sqlName) }
      let inner = members(of: group.filter { $0.path.count > depth + 1 }, depth: depth + 1)
      return (quoted(name), "STRUCT<" + inner.map { "\($0.name): \($0.type)" }.joined(separator: ", ") + ">")
    }
  }

  /// A stream that was named by its path gets the name of the last directory or file in it that has one.
  private static func name(of stream: StreamDefinition) -> String {
    guard stream.options["path"] == stream.name else { return stream.name }
    let parts = stream.name.split(separator: "/").filter { part in !part.contains { "*?[{".contains($0) } }
    guard let last = parts.last(where: { $0 != "." && $0 != ".." }) else { return "input" }
    let stem = last.prefix { $0 != "." }
    return stem.isEmpty ? "input" : String(stem)
  }

  private static func quoted(_ name: String) -> String {
    let isPlain =
      name.utf8.allSatisfy { $0 == 95 || 48...57 ~= $0 || 65...90 ~= $0 || 97...122 ~= $0 }
      && !(name.utf8.first.map { 48...57 ~= $0 } ?? true)
    if isPlain, (try? SQLParser.parseColumns("\(name) INT")) != nil { return name }
    return "`" + name.split(separator: "`", omittingEmptySubsequences: false).joined(separator: "``") + "`"
  }

  /// References are shown as they are, credentials in the script are not.
  private static func shown(_ option: String, _ value: String) -> String {
    if OptionSecrecy.isSecret(option) && !value.contains("${") { return "…" }
    return OptionSecrecy.userinfo(of: value).map { value.replacing($0, with: "…") } ?? value
  }

  private static func string(_ value: String) -> String {
    var text = "'"
    for character in value {
      if character == "'" || character == "\\" { text.append("\\") }
      text.append(character)
    }
    return text + "'"
  }
}
