#if Lake
  import LakeFiles
  import TidemillColumns
  import TidemillConnectors
  import TidemillPlan

  /// Whether a query may look at a row of a row group, by what the file says its values lie between.
  package struct RowGroupTest {
    private let file: OpenedFile
    private let group: Int

    package init(_ file: OpenedFile, group: Int) {
      self.file = file
      self.group = group
    }

    private var request: ReadRequest { file.columns.request }

    /// The group's rows as skipped ones; `nil` when they have to be read: when some query may want one, or when one may have to be
    /// rejected for its event time.
    package func skipped(latest: EventTime) throws(ArrowFailure) -> SkippedRows? {
      try request.skipped(count: file.file.footer.groups[group].rows, latest: latest) { ordinal throws(ArrowFailure) in
        try facts(ordinal)
      }
    }

    /// What is known of a column in the group; `nil` when nothing is.
    private func facts(_ ordinal: Int) throws(ArrowFailure) -> ColumnFacts? {
      let type = request.schema[ordinal].type
      switch file.columns.origins[ordinal] {
      case .constant(let value): return ColumnFacts(constant: value)
      case .file(let path):
        guard path.count == 1, let field = file.file.fields.first(where: { $0.name == path[0] }),
          let leaf = file.file.leaves(path).first, file.file.leaves(path).count == 1
        else { return nil }
        let statistics = try file.file.footer.statistics(group: group, leaf: leaf)
        var facts = ColumnFacts()
        facts.mayBeNull = statistics.nulls != 0
        facts.mayBeValue = statistics.nulls.map { $0 < statistics.values } ?? true
        if isComparable(field, type), let least = statistics.minimum(as: type), let greatest = statistics.maximum(as: type) {
          facts.range = ColumnCondition.ClosedValues(least, greatest)
        }
        return facts
      }
    }

    /// Whether values are read as they lie in the file.
    private func isComparable(_ field: ArrowField, _ type: DataType) -> Bool {
      if type.isInteger, field.type?.isInteger == true { return true }
      // A time without a zone moves with the session's.
      if type == .timestamp, field.format.hasSuffix(":"), request.zone.constantOffset != 0 { return false }
      return field.type == type
    }
  }
#endif
