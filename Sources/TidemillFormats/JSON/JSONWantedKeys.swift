import TidemillColumns

/// The keys that are read, as a tree, with a bit for each.
///
/// A record's bits tell which of them it has had, and so which are missing and whether one came twice.
final class JSONWantedKeys: Sendable {
  struct Node: Sendable {
    /// The column that the value goes to; `nil` for an object that only leads to others.
    var column: Int?
    /// None for the record itself.
    var bit: UInt64 = 0
    var children: [[UInt8]: Int] = [:]
  }

  /// The first node is the record itself.
  let nodes: [Node]
  /// The bits of the keys whose value goes to a column.
  let leaves: UInt64
  /// The bits of all keys.
  let all: UInt64
  /// The column of each bit.
  let columns: [Int]

  /// `nil` if there are more than 64 keys, or if a key's value goes to two columns, or to one and is looked into as well.
  init?(_ schema: Schema) {
    var nodes = [Node()]
    var leaves: UInt64 = 0
    var columns: [Int] = []
    for (ordinal, field) in schema.fields.enumerated() {
      var place = 0
      for key in field.path {
        guard nodes[place].column == nil else { return nil }
        if let known = nodes[place].children[Array(key.utf8)] {
          place = known
          continue
        }
        guard columns.count < 64 else { return nil }
        nodes[place].children[Array(key.utf8)] = nodes.count
        place = nodes.count
        nodes.append(Node(column: nil, bit: 1 << UInt64(columns.count)))
        columns.append(ordinal)
      }
      guard nodes[place].column == nil, nodes[place].children.isEmpty else { return nil }
      nodes[place].column = ordinal
      leaves |= nodes[place].bit
    }
    self.nodes = nodes
    self.leaves = leaves
    all = nodes.reduce(0) { $0 | $1.bit }
    self.columns = columns
  }
}
