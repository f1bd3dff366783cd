extension DeltaAction {
  /// The action as a line of a commit has it, without the line's end.
  package var json: JSONValue {
    switch self {
    case .commitInfo(let info): .object(["commitInfo": info.json])
    case .protocol(let value): .object(["protocol": value.json])
    case .metadata(let value): .object(["metaData": value.json])
    case .transaction(let value): .object(["txn": value.json])
    case .add(let file): .object(["add": file.json])
    case .remove(let file): .object(["remove": file.json])
    case .domain(let value): .object(["domainMetadata": value.json])
    }
  }

  /// The content of a commit's file: a line an action.
  package static func lines(_ actions: [DeltaAction]) -> [UInt8] {
    var bytes: [UInt8] = []
    for action in actions {
      action.json.append(to: &bytes)
      bytes.append(UInt8(ascii: "\n"))
    }
    return bytes
  }
}

extension JSONValue {
  /// Fields in the order of their names, so that equal maps give equal text.
  static func map(_ map: [String: String?]) -> JSONValue {
    .object(map.sorted { $0.key < $1.key }.map { JSONField($0.key, $0.value.map { .string($0) } ?? .null) })
  }

  static func map(_ map: [String: String]) -> JSONValue { .map(map.mapValues { Optional($0) }) }
}

extension AddedFile {
  var json: JSONValue {
    .object([
      "path": .string(path), "partitionValues": .map(partitionValues), "size": .integer(size),
      "modificationTime": .integer(modificationTime), "dataChange": .boolean(dataChange), "stats": stats.map { .string($0) },
      "tags": tags.isEmpty ? nil : .map(tags), "deletionVector": deletionVector,
    ])
  }
}

extension RemovedFile {
  var json: JSONValue {
    .object([
      "path": .string(path), "deletionTimestamp": deletionTimestamp.map { .integer($0) },
      "dataChange": .boolean(dataChange), "extendedFileMetadata": partitionValues.map { _ in .boolean(size != nil) },
      "partitionValues": partitionValues.map { .map($0) }, "size": size.map { .integer($0) },
      "deletionVector": deletionVector,
    ])
  }
}

extension ApplicationTransaction {
  var json: JSONValue {
    .object([
      "appId": .string(application), "version": .integer(version), "lastUpdated": lastUpdated.map { .integer($0) },
    ])
  }
}

extension TableProtocol {
  var json: JSONValue {
    func list(_ names: [String]?) -> JSONValue? { names.map { .array($0.map { .string($0) }) } }
    return .object([
      "minReaderVersion": .integer(minReaderVersion), "minWriterVersion": .integer(minWriterVersion),
      "readerFeatures": list(readerFeatures), "writerFeatures": list(writerFeatures),
    ])
  }
}

extension TableMetadata {
  var json: JSONValue {
    .object([
      "id": .string(id), "name": name.map { .string($0) }, "description": text.map { .string($0) },
      "format": .object(["provider": .string(formatProvider), "options": .map(formatOptions)]),
      "schemaString": .string(schemaString), "partitionColumns": .array(partitionColumns.map { .string($0) }),
      "configuration": .map(configuration), "createdTime": createdTime.map { .integer($0) },
    ])
  }
}

extension DomainMetadata {
  var json: JSONValue {
    .object([
      "domain": .string(domain), "configuration": .string(configuration), "removed": .boolean(removed),
    ])
  }
}

extension CommitInfo {
  var json: JSONValue {
    .object([
      "timestamp": timestamp.map { .integer($0) }, "operation": operation.map { .string($0) },
      "operationParameters": .map(parameters), "readVersion": readVersion.map { .integer($0) },
      "isolationLevel": .string("WriteSerializable"), "isBlindAppend": isBlindAppend.map { .boolean($0) },
      "operationMetrics": metrics.isEmpty ? nil : .map(metrics), "engineInfo": engine.map { .string($0) },
      "txnId": transactionIdentifier.map { .string($0) },
    ])
  }
}
