import DeltaLog
import TidemillColumns

extension PartitionColumn {
  /// The value that a partition's text stands for; an empty one is NULL.
  ///
  /// - Returns: `nil` when it is no value of the column's type.
  static func value(_ text: String?, as type: DataType) -> Value? {
    guard let text, !text.isEmpty else { return .null }
    switch type {
    case .string: return .string(text)
    case .boolean: return text == "true" ? .boolean(true) : text == "false" ? .boolean(false) : nil
    case .int: return Int32(text).map { .integer(Int64($0)) }
    case .bigint: return Int64(text).map { .integer($0) }
    case .double: return Double(text).map { .double($0) }
    case .decimal(let precision, let scale):
      var text = text
      return text.withUTF8 { DecimalText.unscaled($0, precision: precision, scale: scale) }.map {
        .decimal(unscaled: $0, scale: scale)
      }
    case .date:
      var text = text
      return text.withUTF8 { TimestampText.days($0) }.map { .date($0) }
    case .timestamp: return TimestampText.microseconds(text).map { .timestamp(EventTime(microseconds: $0)) }
    case .window: return nil
    }
  }
}

extension DeltaLayout {
  /// The partition that a file lies in.
  ///
  /// - Returns: `nil` when its values are none of the columns' types.
  func partition(of file: AddedFile, table: String) -> Partition? {
    var values: [String?] = []
    for column in partitions {
      guard let value = PartitionColumn.value(file.partitionValues[column.name] ?? nil, as: column.type) else { return nil }
      // As this program writes it, however another did.
      guard let text = try? [column.text(value, table: table)] else { return nil }
      values += text
    }
    return Partition(values: values)
  }

  /// The rows of a result by their partitions.
  ///
  /// - Throws: `TidemillError` for a value that no partition can have.
  func partitioned(_ batch: Batch, table: String) throws -> (groups: RowGroups, partitions: [Partition]) {
    let columns = partitions.map { $0.values(of: batch, zone: zone) }
    let groups = RowGroups(columns, count: batch.count)
    return (groups, try groups.representatives.map { try partition(of: $0, columns, table: table) })
  }

  /// The partition of a row, of the values of all partition columns.
  func partition(of row: Int, _ columns: [Column], table: String) throws -> Partition {
    Partition(values: try zip(partitions, columns).map { try $0.text($1.value(row), table: table) })
  }

  /// The partition's values as a file's entry in the log has them.
  func values(of partition: Partition) -> [String: String?] {
    Dictionary(uniqueKeysWithValues: zip(partitions.map(\.name), partition.values))
  }

  /// The directory of a partition, with a slash behind it; empty without partitions.
  func directory(of partition: Partition) -> String {
    if partitions.isEmpty { return "" }
    return FilePath.directory(Array(zip(partitions.map(\.name), partition.values)).map { (column: $0, value: $1) }) + "/"
  }

  /// Rows of a file as rows of the result, the values of its partition among them.
  func resultRows(_ stored: Batch, of partition: Partition, schema: Schema) -> Batch {
    var columns: [Column?] = Array(repeating: nil, count: schema.count)
    for (ordinal, source) in storedSources.enumerated() { columns[source] = stored.columns[ordinal] }
    for (column, text) in zip(partitions, partition.values) where !column.isDayOfWindow {
      let value = PartitionColumn.value(text, as: column.type) ?? .null
      let builder = ColumnBuilder(column.type, capacity: stored.count)
      for _ in 0..<stored.count { builder.append(value) }
      columns[column.source] = builder.finish()
    }
    return Batch(schema: schema, count: stored.count, columns: columns.map { $0! })
  }
}
