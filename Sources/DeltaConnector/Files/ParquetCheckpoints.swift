#if Lake
  import DeltaLog
  import LakeFiles
  import TidemillColumns

  /// Checkpoints of tables' logs as Parquet: a row an action, in a column of the action's name.
  package struct ParquetCheckpoints: CheckpointCodec {
    package init() {}

    private static func texts(_ name: String) -> ArrowField {
      .map(name, key: ArrowField("key", .string), value: ArrowField("value", .string))
    }

    private static func list(_ name: String) -> ArrowField { .list(name, of: ArrowField("element", .string)) }

    /// What the protocol has of each action, as far as it is read and written here.
    private static let fields: [ArrowField] = [
      .structure(
        "txn", [ArrowField("appId", .string), ArrowField("version", .bigint), ArrowField("lastUpdated", .bigint)]),
      .structure(
        "add",
        [
          ArrowField("path", .string), texts("partitionValues"), ArrowField("size", .bigint),
          ArrowField("modificationTime", .bigint), ArrowField("dataChange", .boolean), ArrowField("stats", .string),
          texts("tags"),
        ]),
      .structure(
        "remove",
        [
          ArrowField("path", .string), ArrowField("deletionTimestamp", .bigint), ArrowField("dataChange", .boolean),
          ArrowField("extendedFileMetadata", .boolean), texts("partitionValues"), ArrowField("size", .bigint),
        ]),
      .structure(
        "metaData",
        [
          ArrowField("id", .string), ArrowField("name", .string), ArrowField("description", .string),
          .structure("format", [ArrowField("provider", .string), texts("options")]), ArrowField("schemaString", .string),
          list("partitionColumns"), texts("configuration"), ArrowField("createdTime", .bigint),
        ]),
      .structure(
        "protocol",
        [
          ArrowField("minReaderVersion", .int), ArrowField("minWriterVersion", .int), list("readerFeatures"),
          list("writerFeatures"),
        ]),
      .structure(
        "domainMetadata",
        [ArrowField("domain", .string), ArrowField("configuration", .string), ArrowField("removed", .boolean)]),
    ]

    package func file(of actions: [DeltaAction]) throws -> [UInt8] {
      let builders = Self.fields.map { NestedBuilder($0) }
      for action in actions {
        let json = action.json
        for builder in builders { builder.append(json[builder.field.name]) }
      }
      var bytes: [UInt8] = []
      let writer = try ParquetWriter(
        Self.fields, options: ParquetWriter.Options(codec: .snappy), write: { bytes.append(contentsOf: $0) })
      try writer.append(builders.map { $0.finish() }, count: actions.count)
      _ = try writer.close()
      return bytes
    }

    package func actions(of bytes: [UInt8]) throws -> [DeltaAction] {
      let file = try ParquetFile(MemoryInput(bytes, name: "a checkpoint"))
      // Other writers keep more, such as statistics in columns of their own; nothing of that is needed.
      var leaves: Set<Int> = []
      for action in Self.fields {
        for part in action.children { leaves.formUnion(file.leaves([action.name, part.name])) }
      }
      leaves.formUnion(file.leaves(["add", "deletionVector"]))
      leaves.formUnion(file.leaves(["remove", "deletionVector"]))
      let rows = try file.rows(
        ParquetFile.Request(groups: Array(file.footer.groups.indices), leaves: leaves.sorted()))
      var actions: [DeltaAction] = []
      while let batch = try rows.next() {
        let columns = try batch.columns()
        for row in 0..<batch.count {
          for (field, column) in zip(rows.fields, columns) where !column.isNull(row) {
            let value = NestedReader.value(field, column, row)
            // A struct may be there with nothing in it, where the writer's columns take no NULL.
            guard value.fields?.contains(where: { $0.value != .null }) == true else { continue }
            if let action = try DeltaAction(.object([JSONField(field.name, value)])) { actions.append(action) }
          }
        }
      }
      return actions
    }
  }

  /// Fills a nested column from JSON.
  private final class NestedBuilder {
    let field: ArrowField
    private let values: ColumnBuilder?
    private let children: [NestedBuilder]
    private let validity = Buffer<UInt8>(capacity: 16)
    private let offsets = Buffer<Int32>([0])

    init(_ field: ArrowField) {
      self.field = field
      values = field.children.isEmpty ? ColumnBuilder(field.type ?? .string) : nil
      children = field.children.map { NestedBuilder($0) }
    }

    private var isList: Bool { field.format == "+l" || field.format == "+m" }
    private var count: Int { values?.count ?? validity.count }

    func append(_ json: JSONValue?) {
      if let values {
        values.append(Self.value(json, field.type ?? .string))
        return
      }
      validity.append(json == nil ? 0 : 1)
      if field.format == "+m" {
        for entry in json?.fields ?? [] {
          children[0].append(.object([JSONField("key", .string(entry.name)), JSONField("value", entry.value)]))
        }
      } else if field.format == "+l" {
        for element in json?.elements ?? [] { children[0].append(element) }
      } else {
        for child in children { child.append(json?[child.field.name]) }
      }
      if isList { offsets.append(Int32(truncatingIfNeeded: children[0].count)) }
    }

    private static func value(_ json: JSONValue?, _ type: DataType) -> Value {
      switch type {
      case .boolean: json?.boolean.map { .boolean($0) } ?? .null
      case .int, .bigint: json?.integer.map { .integer(Int64($0)) } ?? .null
      default: json?.text.map { .string($0) } ?? .null
      }
    }

    func finish() -> ArrowColumn {
      if let values { return ArrowColumn(values.finish()) }
      if isList {
        return ArrowColumn(
          count: count, values: .list(offsets: offsets, elements: children[0].finish()), validity: validity)
      }
      return ArrowColumn(count: count, values: .structure(children.map { $0.finish() }), validity: validity)
    }
  }

  /// Turns rows of nested columns into JSON.
  private enum NestedReader {
    static func value(_ field: ArrowField, _ column: ArrowColumn, _ row: Int) -> JSONValue {
      if column.isNull(row) { return .null }
      if let (elements, rows) = column.elements(row) {
        guard let child = field.children.first else { return .null }
        if field.format != "+m" { return .array(rows.map { value(child, elements, $0) }) }
        return .object(
          rows.compactMap { row in
            guard child.children.count == 2, elements.fields.count == 2,
              let key = value(child.children[0], elements.fields[0], row).text
            else { return nil }
            return JSONField(key, value(child.children[1], elements.fields[1], row))
          })
      }
      if case .structure(let parts) = column.values {
        return .object(zip(field.children, parts).map { JSONField($0.name, value($0, $1, row)) })
      }
      switch column.column?.value(row) {
      case .boolean(let flag): return .boolean(flag)
      case .integer(let number): return .number(String(number))
      case .string(let text): return .string(text)
      case .timestamp(let time): return .number(String(time.microseconds / 1000))
      default: return .null
      }
    }
  }
#endif
