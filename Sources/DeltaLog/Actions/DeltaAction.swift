/// One line of a commit: what it changes of the table.
package enum DeltaAction: Hashable, Sendable {
  case commitInfo(CommitInfo)
  case `protocol`(TableProtocol)
  case metadata(TableMetadata)
  case transaction(ApplicationTransaction)
  case add(AddedFile)
  case remove(RemovedFile)
  case domain(DomainMetadata)
}

/// A data file that is in the table from a version on.
package struct AddedFile: Hashable, Sendable {
  /// Relative to the table, as a URI: a blank is `%20`. `FilePath` decodes it.
  package var path: String
  /// The value of each partition column as text; `nil` for NULL.
  package var partitionValues: [String: String?]
  /// In bytes.
  package var size: Int
  /// Milliseconds since 1970.
  package var modificationTime: Int
  /// Whether rows come with it that were not in the table before.
  package var dataChange: Bool
  /// JSON: numRecords, minValues, maxValues, nullCount.
  package var stats: String?
  package var tags: [String: String]
  /// What says which of its rows are deleted; only its presence is understood here.
  package var deletionVector: JSONValue?

  package init(
    path: String, partitionValues: [String: String?] = [:], size: Int, modificationTime: Int, dataChange: Bool = true,
    stats: String? = nil, tags: [String: String] = [:], deletionVector: JSONValue? = nil
  ) {
    self.path = path
    self.partitionValues = partitionValues
    self.size = size
    self.modificationTime = modificationTime
    self.dataChange = dataChange
    self.stats = stats
    self.tags = tags
    self.deletionVector = deletionVector
  }

  /// How many rows it has, as its statistics say.
  ///
  /// - Complexity: parses the statistics.
  package var rowCount: Int? { stats.flatMap { try? JSONReader.value(of: $0)["numRecords"]?.integer } }

  /// What takes it out of the table.
  package func removed(at milliseconds: Int, dataChange: Bool) -> RemovedFile {
    RemovedFile(
      path: path, deletionTimestamp: milliseconds, dataChange: dataChange, partitionValues: partitionValues, size: size,
      deletionVector: deletionVector)
  }

  /// Tells the states of a file apart: a file whose deleted rows change is another.
  package var key: FileKey { FileKey(path: path, deletionVector: deletionVector) }
}

/// A data file that is no longer in the table, and that readers of older versions still need.
package struct RemovedFile: Hashable, Sendable {
  package var path: String
  /// Milliseconds since 1970; `nil` in old logs.
  package var deletionTimestamp: Int?
  package var dataChange: Bool
  /// `nil` when the writer did not say.
  package var partitionValues: [String: String?]?
  package var size: Int?
  package var deletionVector: JSONValue?

  package init(
    path: String, deletionTimestamp: Int?, dataChange: Bool = true, partitionValues: [String: String?]? = nil,
    size: Int? = nil, deletionVector: JSONValue? = nil
  ) {
    self.path = path
    self.deletionTimestamp = deletionTimestamp
    self.dataChange = dataChange
    self.partitionValues = partitionValues
    self.size = size
    self.deletionVector = deletionVector
  }

  package var key: FileKey { FileKey(path: path, deletionVector: deletionVector) }
}

/// A file together with which of its rows are deleted.
package struct FileKey: Hashable, Sendable {
  /// Without escapes: a writer that removes a file may escape other characters of its path than the one that added it.
  package var path: String
  package var vector: String?

  init(path: String, deletionVector: JSONValue?) {
    self.path = FilePath.decoded(path) ?? path
    vector = deletionVector.map {
      ($0["storageType"]?.text ?? "") + ($0["pathOrInlineDv"]?.text ?? "") + ($0["offset"]?.integer.map { "@\($0)" } ?? "")
    }
  }
}

/// How far an application's writes have got, in numbers of its own.
package struct ApplicationTransaction: Hashable, Sendable {
  package var application: String
  package var version: Int
  /// Milliseconds since 1970.
  package var lastUpdated: Int?

  package init(application: String, version: Int, lastUpdated: Int? = nil) {
    self.application = application
    self.version = version
    self.lastUpdated = lastUpdated
  }
}

/// What readers and writers must know to touch the table.
package struct TableProtocol: Hashable, Sendable {
  package var minReaderVersion: Int
  package var minWriterVersion: Int
  package var readerFeatures: [String]?
  package var writerFeatures: [String]?

  package init(
    minReaderVersion: Int, minWriterVersion: Int, readerFeatures: [String]? = nil, writerFeatures: [String]? = nil
  ) {
    self.minReaderVersion = minReaderVersion
    self.minWriterVersion = minWriterVersion
    self.readerFeatures = readerFeatures
    self.writerFeatures = writerFeatures
  }

  /// What tables are made with: any reader of the last years understands it.
  package static let ofNewTables = TableProtocol(minReaderVersion: 1, minWriterVersion: 2)
}

/// What the table is: its columns, partitions and properties.
package struct TableMetadata: Hashable, Sendable {
  /// A UUID that stays the same for the life of the table.
  package var id: String
  package var name: String?
  package var text: String?
  package var formatProvider: String
  package var formatOptions: [String: String]
  /// JSON; `DeltaSchema` reads it.
  package var schemaString: String
  package var partitionColumns: [String]
  /// The table's properties, such as `delta.appendOnly`.
  package var configuration: [String: String]
  /// Milliseconds since 1970.
  package var createdTime: Int?

  package init(
    id: String, name: String? = nil, text: String? = nil, formatProvider: String = "parquet",
    formatOptions: [String: String] = [:], schemaString: String, partitionColumns: [String] = [],
    configuration: [String: String] = [:], createdTime: Int? = nil
  ) {
    self.id = id
    self.name = name
    self.text = text
    self.formatProvider = formatProvider
    self.formatOptions = formatOptions
    self.schemaString = schemaString
    self.partitionColumns = partitionColumns
    self.configuration = configuration
    self.createdTime = createdTime
  }
}

/// What a feature or an application keeps of its own in the table.
package struct DomainMetadata: Hashable, Sendable {
  package var domain: String
  package var configuration: String
  package var removed: Bool

  package init(domain: String, configuration: String, removed: Bool = false) {
    self.domain = domain
    self.configuration = configuration
    self.removed = removed
  }
}

/// Who made a commit, and how; readers need none of it.
package struct CommitInfo: Hashable, Sendable {
  /// Milliseconds since 1970.
  package var timestamp: Int?
  package var operation: String?
  package var parameters: [String: String]
  /// Numbers of rows, files and bytes, as text.
  package var metrics: [String: String]
  package var engine: String?
  package var isBlindAppend: Bool?
  package var readVersion: Int?
  /// A UUID of this commit: tells a commit whose answer was lost from another's.
  package var transactionIdentifier: String?

  package init(
    timestamp: Int? = nil, operation: String? = nil, parameters: [String: String] = [:], metrics: [String: String] = [:],
    engine: String? = nil, isBlindAppend: Bool? = nil, readVersion: Int? = nil, transactionIdentifier: String? = nil
  ) {
    self.timestamp = timestamp
    self.operation = operation
    self.parameters = parameters
    self.metrics = metrics
    self.engine = engine
    self.isBlindAppend = isBlindAppend
    self.readVersion = readVersion
    self.transactionIdentifier = transactionIdentifier
  }
}
