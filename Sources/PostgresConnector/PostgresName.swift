#if Postgres
  import TableSinks
  import TidemillColumns

  /// The name of a table, with its schema or without.
  struct PostgresName: Hashable, Sendable {
    var schema: String?
    var table: String

    /// Reads `hourly`, `public.hourly` or, for names with dots in them, `"my.schema"."my.table"`.
    ///
    /// - Throws: `TidemillError` for what is no name.
    init(_ text: String, owner: String) throws {
      var parts: [String] = [""]
      var rest = text[...]
      var isQuoted = false
      while let character = rest.popFirst() {
        switch character {
        case "\"" where isQuoted && rest.first == "\"":
          parts[parts.count - 1].append("\"")
          rest.removeFirst()
        case "\"": isQuoted.toggle()
        case "." where !isQuoted: parts.append("")
        default: parts[parts.count - 1].append(character)
        }
      }
      guard !isQuoted, parts.count <= 2, parts.allSatisfy({ !$0.isEmpty }) else {
        throw TidemillError(
          .invalidQuery, "\(owner): option table is '\(text)'",
          hint: "it takes a name such as hourly or public.hourly; names with dots stand in double quotes")
      }
      schema = parts.count == 2 ? parts[0] : nil
      table = parts[parts.count - 1]
    }

    /// As messages show it.
    var text: String { (schema.map { $0 + "." } ?? "") + table }

    /// As SQL takes it.
    var quoted: String { (schema.map { SQLName.quoted($0) + "." } ?? "") + SQLName.quoted(table) }

    /// Another table of the same schema.
    func sibling(_ table: String) -> PostgresName {
      var name = self
      name.table = table
      return name
    }
  }
#endif
