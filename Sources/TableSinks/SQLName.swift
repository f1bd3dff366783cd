/// Names as they stand in SQL.
package enum SQLName {
  /// In double quotes, so that any name is one.
  package static func quoted(_ name: String) -> String {
    "\"" + name.split(separator: "\"", omittingEmptySubsequences: false).joined(separator: "\"\"") + "\""
  }

  /// Several names, separated by commas.
  package static func list(_ names: some Sequence<String>) -> String { names.map(quoted).joined(separator: ", ") }
}
