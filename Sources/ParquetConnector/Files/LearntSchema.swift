#if Lake
  import LakeFiles
  import TidemillColumns
  import TidemillConnectors
  import TidemillFormats

  /// The columns of files that nobody declared.
  enum LearntSchema {
    /// The columns of the first file that can be had here; behind them the keys of the files'
    /// directories.
    static func columns(of folder: ParquetFolder) throws -> Schema {
      let listed = try folder.list()
      guard let first = listed.first(where: { $0.size > 0 }), let input = try folder.open(first.path) else {
        throw TidemillError(
          .badInput, "there is nothing in \(folder.path) to learn the columns from",
          hint: "wait until a file is there, or declare the columns")
      }
      let file: ParquetFile
      do {
        file = try ParquetFile(input)
      } catch let failure as ArrowFailure { throw OpenedFile.damaged(input.name, failure) }
      var fields = file.fields.compactMap { field in field.type.map { Field(field.name, $0) } }
      guard !fields.isEmpty else {
        throw TidemillError(
          .badInput, "\(input.name) has no columns that can be read", hint: "lists, maps and binary columns are left out")
      }
      var texts: [(key: String, values: [String])] = []
      for (key, value) in listed.flatMap({ HivePath.values(of: $0.path) }) {
        let place = texts.firstIndex { $0.key == key } ?? texts.count
        if place == texts.count { texts.append((key, [])) }
        if let value { texts[place].values.append(value) }
      }
      for (key, values) in texts where !fields.contains(where: { $0.name.lowercased() == key.lowercased() }) {
        fields.append(Field(key, TextValue.type(of: values)))
      }
      return Schema(fields)
    }
  }
#endif
