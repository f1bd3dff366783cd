/// A line of a log that is no action as the protocol has it.
package struct MalformedAction: Error, Hashable, Sendable, CustomStringConvertible {
  package var description: String

  init(_ description: String) { self.description = description }
}

extension DeltaAction {
  /// The actions of a commit's file. Lines of actions that are not known are passed over: what a reader must not pass over, the
  /// table's protocol names.
  ///
  /// - Throws: `MalformedAction` with the line's number, from 1.
  package static func read(_ bytes: [UInt8]) throws -> [DeltaAction] {
    var actions: [DeltaAction] = []
    try bytes.withUnsafeBufferPointer { bytes in
      for (number, line) in bytes.split(separator: UInt8(ascii: "\n")).enumerated() {
        let line = UnsafeBufferPointer(rebasing: line)
        if line.allSatisfy({ $0 == 0x20 || $0 == 0x0D || $0 == 0x09 }) { continue }
        do {
          if let action = try DeltaAction(JSONReader.value(of: line)) { actions.append(action) }
        } catch {
          throw MalformedAction("line \(number + 1): \(error)")
        }
      }
    }
    return actions
  }

  /// - Returns: `nil` for an action that is not known.
  package init?(_ json: JSONValue) throws {
    guard let field = json.fields?.first(where: { $0.value != .null }) else {
      if json.fields != nil { return nil }
      throw MalformedAction("an action is no object")
    }
    switch field.name {
    case "commitInfo": self = .commitInfo(CommitInfo(field.value))
    case "protocol": self = .protocol(try TableProtocol(field.value))
    case "metaData": self = .metadata(try TableMetadata(field.value))
    case "txn": self = .transaction(try ApplicationTransaction(field.value))
    case "add": self = .add(try AddedFile(field.value))
    case "remove": self = .remove(try RemovedFile(field.value))
    case "domainMetadata": self = .domain(try DomainMetadata(field.value))
    default: return nil
    }
  }
}

extension JSONValue {
  fileprivate func required<Result>(_ name: String, _ read: (JSONValue) -> Result?) throws -> Result {
    guard let field = self[name], let value = read(field) else { throw MalformedAction("no \(name), or none of its type") }
    return value
  }

  fileprivate func optional<Result>(_ name: String, _ read: (JSONValue) -> Result?) throws -> Result? {
    guard let field = self[name] else { return nil }
    guard let value = read(field) else { throw MalformedAction("\(name) is not of its type") }
    return value
  }

  /// A map of strings, of which some may be null.
  fileprivate var map: [String: String?]? {
    guard let fields else { return nil }
    var map: [String: String?] = [:]
    for field in fields {
      switch field.value {
      case .null: map[field.name] = .some(nil)
      case .string(let text): map[field.name] = text
      default: map[field.name] = field.value.serialized
      }
    }
    return map
  }

  fileprivate var texts: [String]? {
    guard let elements else { return nil }
    let texts = elements.compactMap(\.text)
    return texts.count == elements.count ? texts : nil
  }
}

extension [String: String?] {
  /// Without the entries that are null.
  fileprivate var present: [String: String] { compactMapValues { $0 } }
}

extension AddedFile {
  init(_ json: JSONValue) throws {
    self.init(
      path: try json.required("path", \.text), partitionValues: try json.optional("partitionValues", \.map) ?? [:],
      size: try json.required("size", \.integer), modificationTime: try json.optional("modificationTime", \.integer) ?? 0,
      dataChange: try json.optional("dataChange", \.boolean) ?? true, stats: try json.optional("stats", \.text),
      tags: try json.optional("tags", \.map)?.present ?? [:], deletionVector: json["deletionVector"])
  }
}

extension RemovedFile {
  init(_ json: JSONValue) throws {
    self.init(
      path: try json.required("path", \.text), deletionTimestamp: try json.optional("deletionTimestamp", \.integer),
      dataChange: try json.optional("dataChange", \.boolean) ?? true,
      partitionValues: try json.optional("partitionValues", \.map), size: try json.optional("size", \.integer),
      deletionVector: json["deletionVector"])
  }
}

extension ApplicationTransaction {
  init(_ json: JSONValue) throws {
    self.init(
      application: try json.required("appId", \.text), version: try json.required("version", \.integer),
      lastUpdated: try json.optional("lastUpdated", \.integer))
  }
}

extension TableProtocol {
  init(_ json: JSONValue) throws {
    self.init(
      minReaderVersion: try json.required("minReaderVersion", \.integer),
      minWriterVersion: try json.required("minWriterVersion", \.integer),
      readerFeatures: try json.optional("readerFeatures", \.texts),
      writerFeatures: try json.optional("writerFeatures", \.texts))
  }
}

extension TableMetadata {
  init(_ json: JSONValue) throws {
    let format = try json.optional("format") { $0 }
    self.init(
      id: try json.required("id", \.text), name: try json.optional("name", \.text),
      text: try json.optional("description", \.text),
      formatProvider: try format?.optional("provider", \.text) ?? "parquet",
      formatOptions: try format?.optional("options", \.map)?.present ?? [:],
      schemaString: try json.required("schemaString", \.text),
      partitionColumns: try json.optional("partitionColumns", \.texts) ?? [],
      configuration: try json.optional("configuration", \.map)?.present ?? [:],
      createdTime: try json.optional("createdTime", \.integer))
  }
}

extension DomainMetadata {
  init(_ json: JSONValue) throws {
    self.init(
      domain: try json.required("domain", \.text), configuration: try json.optional("configuration", \.text) ?? "",
      removed: try json.optional("removed", \.boolean) ?? false)
  }
}

extension CommitInfo {
  /// Whatever it says: nothing depends on it but for whether a commit is one's own.
  init(_ json: JSONValue) {
    self.init(
      timestamp: json["timestamp"]?.integer, operation: json["operation"]?.text,
      parameters: json["operationParameters"]?.map?.present ?? [:], metrics: json["operationMetrics"]?.map?.present ?? [:],
      engine: json["engineInfo"]?.text, isBlindAppend: json["isBlindAppend"]?.boolean,
      readVersion: json["readVersion"]?.integer, transactionIdentifier: json["txnId"]?.text)
  }
}
