#if Lake
  import TidemillColumns

  /// The rows of a result by their directories.
  struct RowsByDirectory {
    /// Directories, relative to the folder, with the numbers of their rows in order; in byte order of the directories. No two are
    /// the same.
    let parts: [(directory: String, rows: [Int])]

    init(_ batch: Batch, by columns: [DirectoryColumn], zone: SessionZone, owner: String) throws {
      let values = columns.map { $0.values(of: batch, zone: zone) }
      // By bytes: to Swift two strings are equal that a disk holds apart, and no NaN is equal to another.
      var places: [[UInt8]: Int] = [:]
      var parts: [(directory: String, rows: [Int])] = []
      var key: [UInt8] = []
      var last: (row: Int, place: Int)?
      for row in 0..<batch.count {
        // Neighbours mostly lie in the same directory.
        if let (before, place) = last, values.allSatisfy({ $0.isSame(row, before) }) {
          parts[place].rows.append(row)
          last = (row, place)
          continue
        }
        key.removeAll(keepingCapacity: true)
        for column in values { column.appendBytes(of: row, to: &key) }
        let place = places[key] ?? parts.count
        if place == parts.count {
          places[key] = place
          parts.append((try Self.directory(values.map { $0.value(row) }, columns, owner), []))
        }
        parts[place].rows.append(row)
        last = (row, place)
      }
      let sorted = parts.sorted { $0.directory.utf8.lexicographicallyPrecedes($1.directory.utf8) }
      for (part, next) in zip(sorted, sorted.dropFirst()) {
        // The file of the one would take the place of the other's.
        precondition(!part.directory.utf8.elementsEqual(next.directory.utf8), "two parts of a result are in \(part.directory)")
      }
      self.parts = sorted
    }

    private static func directory(_ key: [Value], _ columns: [DirectoryColumn], _ owner: String) throws -> String {
      HivePath.directory(
        try zip(columns, key).map { column, value in
          let text = DirectoryColumn.text(value)
          if text == "" || text == HivePath.nullName {
            throw TidemillError(
              .outOfRange,
              "\(owner): the column \(column.name) has the value '\(text!)', and files are partitioned by it: "
                + "no directory can be called so",
              hint: "partition by another column, or put something else in its place in the query")
          }
          return (key: column.name, value: text)
        })
    }
  }

  extension Column {
    /// Whether two rows are certainly in the same directory.
    fileprivate func isSame(_ row: Int, _ other: Int) -> Bool {
      if isNull(row) || isNull(other) { return isNull(row) && isNull(other) }
      return switch values {
      case .bytes(let buffer): buffer.base[row] == buffer.base[other]
      case .int64(let buffer): buffer.base[row] == buffer.base[other]
      case .float64(let buffer): buffer.base[row].bitPattern == buffer.base[other].bitPattern
      case .int128(let buffer): buffer.base[row] == buffer.base[other]
      case .string(let storage): storage.isEqual(row, to: storage, row: other)
      case .window: false
      }
    }

    /// Appends what tells a row's value from all others that have another text.
    fileprivate func appendBytes(of row: Int, to key: inout [UInt8]) {
      if isNull(row) { return key.append(0) }
      key.append(1)
      func append(_ value: some BitwiseCopyable) { withUnsafeBytes(of: value) { key.append(contentsOf: $0) } }
      switch values {
      case .bytes(let buffer): append(buffer.base[row])
      case .int64(let buffer): append(buffer.base[row])
      case .float64(let buffer): append(buffer.base[row].isNaN ? Double.nan.bitPattern : buffer.base[row].bitPattern)
      case .int128(let buffer): append(buffer.base[row])
      case .string(let storage):
        storage.withBytes(row) { bytes in
          append(bytes.count)
          key.append(contentsOf: bytes)
        }
      case .window: preconditionFailure("no directory is called by a window")
      }
    }
  }
#endif
