#if Lake
  import LakeFiles
  import TidemillColumns
  import TidemillConnectors
  import TidemillFormats

  /// Where each column that is asked for comes from, in one file: from the file, from its path, or from nowhere.
  package struct RequestedColumns: Sendable {
    package enum Origin: Sendable {
      /// A column of the file, by the names in the file.
      case file([String])
      /// The same in all rows: a value of the path, or NULL for what a file does not have.
      case constant(Value)
    }

    package let request: ReadRequest
    /// One for each field of the request.
    package let origins: [Origin]
    /// Which leaves of the file are read.
    package let leaves: [Int]

    /// - Parameters:
    ///   - constants: values that all rows have, by ordinals of the request, in place of what the file says; `nil`: the keys of its
    ///     path stand for columns that it has not.
    ///   - name: the file's, for messages.
    /// - Throws: `TidemillError` for a column that the file has, or its path, but as something else.
    package init(
      _ request: ReadRequest, path: String, constants: [Int: Value]? = nil, name: String, file: ParquetFile
    ) throws {
      self.request = request
      let partitions = constants == nil ? HivePath.values(of: path) : []
      var origins: [Origin] = []
      var leaves: [Int] = []
      for (ordinal, field) in request.schema.fields.enumerated() {
        if let value = constants?[ordinal] {
          origins.append(.constant(value))
        } else if let found = Self.find(field.path, file.fields) {
          guard Self.fits(found.field, field.type) else { throw Self.wrongType(field, found.field, name) }
          origins.append(.file(found.path))
          leaves += file.leaves(found.path)
        } else if field.path.count == 1, let partition = partitions.first(where: { Self.isSame($0.key, field.path[0]) }) {
          guard let text = partition.value else {
            origins.append(.constant(.null))
            continue
          }
          guard let value = TextValue.value(text, as: field.type, zone: request.zone) else {
            throw TidemillError(
              .badInput, "\(name): the \(partition.key) in its path, '\(text)', is no \(field.type.sqlName)",
              hint: "declare the column as STRING, or rename the directory")
          }
          origins.append(.constant(value))
        } else {
          origins.append(.constant(.null))
        }
      }
      self.origins = origins
      self.leaves = Array(Set(leaves)).sorted()
    }

    /// Names that differ in case only are the same, as in Spark.
    private static func isSame(_ one: String, _ other: String) -> Bool {
      one == other || one.lowercased() == other.lowercased()
    }

    private static func find(_ path: [String], _ fields: [ArrowField]) -> (path: [String], field: ArrowField)? {
      guard let name = path.first else { return nil }
      guard let field = fields.first(where: { $0.name == name }) ?? fields.first(where: { isSame($0.name, name) }) else {
        return nil
      }
      let rest = Array(path.dropFirst())
      if rest.isEmpty { return ([field.name], field) }
      guard field.format == "+s", let (found, inner) = find(rest, field.children) else { return nil }
      return ([field.name] + found, inner)
    }

    /// Whether a column of the file can be read as one of a type, whatever its values are.
    private static func fits(_ field: ArrowField, _ type: DataType) -> Bool {
      guard let own = field.type else {
        return field.format == "n" || type == .string && ["z", "Z", "vz"].contains(field.format)
      }
      // Integers without a sign are decimals here, and no wider than others.
      return fits(own, type) || field.format == "L" && fits(.bigint, type)
    }

    /// Whether values of one type can be read as another, but for those that are out of its range.
    package static func fits(_ own: DataType, _ type: DataType) -> Bool {
      switch (own, type) {
      case (.int, .int), (.int, .bigint), (.int, .double), (.int, .decimal), (.bigint, .int), (.bigint, .bigint),
        (.bigint, .double), (.bigint, .decimal):
        return true
      case (.decimal(_, let scale), .decimal(_, let wanted)): return scale <= wanted
      default: return own == type
      }
    }

    private static func wrongType(_ field: Field, _ found: ArrowField, _ name: String) -> TidemillError {
      let own = found.type.map { $0.sqlName } ?? "of a type that is not read here (Arrow's '\(found.format)')"
      return TidemillError(
        .badInput, "\(name): the column \(field.path.joined(separator: ".")) is \(own), not \(field.type.sqlName)",
        hint: "declare the column as the files have it, or leave the file out with a glob")
    }

    /// The request's columns of some rows, with the rows that have a value which is none of its column's.
    ///
    /// - Parameter unfit: is told of each such row and column.
    package func columns(of batch: ArrowBatch, name: String, unfit: (_ row: Int, _ column: Int) -> Void) throws -> [Column] {
      var columns: [Column] = []
      columns.reserveCapacity(origins.count)
      for (ordinal, origin) in origins.enumerated() {
        let type = request.schema[ordinal].type
        switch origin {
        case .constant(let value): columns.append(Self.repeated(value, type, count: batch.count))
        case .file(let path):
          var rows: [Int] = []
          guard let column = batch.column(path, as: type, zone: request.zone, unfit: &rows) else {
            throw TidemillError(
              .badInput, "\(name): the column \(path.joined(separator: ".")) cannot be read as \(type.sqlName)",
              hint: "declare the column as the files have it, or leave the file out with a glob")
          }
          for row in rows { unfit(row, ordinal) }
          columns.append(column)
        }
      }
      return columns
    }

    private static func repeated(_ value: Value, _ type: DataType, count: Int) -> Column {
      let builder = ColumnBuilder(type, capacity: count)
      for _ in 0..<count { builder.append(value) }
      return builder.finish()
    }
  }
#endif
