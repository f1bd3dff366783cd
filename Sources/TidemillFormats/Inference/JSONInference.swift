import TidemillColumns

/// The columns of JSON lines: nested objects become `user.id` and so on; arrays, and what is an object here and something else
/// there, are text.
enum JSONInference {
  static func infer(_ sample: UnsafeBufferPointer<UInt8>) -> InferredSchema {
    let root = Node()
    for line in LineScan.lines(sample) {
      var scanner = JSONScanner(line)
      guard case .object(let members) = scanner.document() else { continue }
      root.observe(members)
    }
    var fields: [Field] = []
    root.appendFields(to: &fields, path: [])
    return InferredSchema(Schema(fields))
  }

  /// What was seen at one place of the records.
  private final class Node {
    private var type = ObservedType()
    /// Whether something other than an object was here.
    private var isLeaf = false
    private var order: [String] = []
    private var children: [String: Node] = [:]

    func observe(_ members: [(key: String, value: JSONScanner.Value)]) {
      for (key, value) in members {
        if children[key] == nil {
          children[key] = Node()
          order.append(key)
        }
        children[key]!.observe(value)
      }
    }

    private func observe(_ value: JSONScanner.Value) {
      switch value {
      case .null: return
      case .object(let members):
        if members.isEmpty { return }
        return observe(members)
      case .boolean: type.observe(.boolean)
      case .integer: type.observe(.integer)
      case .double: type.observe(.double)
      case .array: type.observe(.string)
      case .string(let text): type.observe(text.withUnsafeBufferPointer { ObservedType.kind(ofText: $0) })
      }
      isLeaf = true
    }

    func appendFields(to fields: inout [Field], path: [String]) {
      for key in order {
        let child = children[key]!
        let childPath = path + [key]
        if !child.isLeaf, !child.order.isEmpty {
          child.appendFields(to: &fields, path: childPath)
        } else {
          let type = child.order.isEmpty ? child.type.type : .string
          fields.append(Field(childPath.joined(separator: "."), type, path: childPath))
        }
      }
    }
  }
}
