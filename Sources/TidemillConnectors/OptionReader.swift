import TidemillColumns
import TidemillPlan

/// The options of one stream or sink: each is read once, and those nobody reads are errors, so that a typo is not ignored.
package struct OptionReader {
  /// Options of every stream, which the session reads.
  private static let ofEveryStream = ["late", "rejected", "deduplicate"]
  /// Options of every sink, which the session reads.
  private static let ofEverySink = ["mode"]

  /// Options of every table, which the session reads.
  private static let ofEveryTable = ["refresh"]

  /// `stream sales` or `sink hourly`, for messages.
  package let owner: String
  private var rest: [String: String]
  private var known: [String] = []

  /// The options of a stream that are the connector's.
  package init(_ stream: StreamDefinition) {
    owner = "stream \(stream.name)"
    rest = stream.options
    _ = take(Self.ofEveryStream)
  }

  /// The options of a sink that are the connector's.
  package init(_ sink: SinkDefinition) {
    owner = "sink \(sink.name)"
    rest = sink.options
    _ = take(Self.ofEverySink)
  }

  /// The options of a table that are the connector's.
  package init(_ table: TableDefinition) {
    owner = "table \(table.name)"
    rest = table.options
    _ = take(Self.ofEveryTable)
  }

  /// - Parameter name: as messages show it; options come by their names in lower case.
  package mutating func string(_ name: String) -> String? {
    known.append(name)
    return rest.removeValue(forKey: name.lowercased())
  }

  package mutating func required(_ name: String) throws -> String {
    guard let value = string(name) else {
      throw TidemillError(.invalidQuery, "\(owner) has no \(name)", hint: "say OPTIONS (\(name) '…')")
    }
    return value
  }

  package mutating func boolean(_ name: String, default usual: Bool) throws -> Bool {
    guard let text = string(name) else { return usual }
    switch text.lowercased() {
    case "true": return true
    case "false": return false
    default:
      throw TidemillError(.invalidQuery, "\(owner): option \(name) is '\(text)'", hint: "it takes true or false")
    }
  }

  package mutating func one<Choice: RawRepresentable & CaseIterable>(
    _ name: String, of type: Choice.Type
  ) throws -> Choice? where Choice.RawValue == String {
    guard let text = string(name) else { return nil }
    guard let choice = Choice(rawValue: text.lowercased()) else {
      throw TidemillError(
        .invalidQuery, "\(owner): option \(name) is '\(text)'",
        hint: "it takes \(Choice.allCases.map(\.rawValue).joined(separator: ", "))")
    }
    return choice
  }

  /// The options of these names, as they are; for readers of their own such as CSV's.
  package mutating func take(_ names: [String]) -> [String: String] {
    var taken: [String: String] = [:]
    for name in names { taken[name] = string(name) }
    return taken
  }

  /// What nobody has read yet, for a connector that checks its options itself.
  package func remaining() -> [String: String] { rest }

  /// - Throws: when an option is left that nobody has read.
  package func finish() throws {
    guard let stray = rest.keys.sorted().first else { return }
    throw TidemillError(
      .invalidQuery, "\(owner) has no option \(stray)",
      hint: known.isEmpty ? "it takes no options" : "its options are \(known.sorted().joined(separator: ", "))")
  }
}
