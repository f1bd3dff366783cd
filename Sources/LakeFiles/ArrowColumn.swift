#if Lake
  import TidemillColumns

  /// A column on its way to or from Arrow: one of Tidemill's, or columns nested in one another.
  package struct ArrowColumn: Sendable {
    package indirect enum Values: Sendable {
      /// With its own validity.
      case column(Column)
      /// As many rows each as the struct has.
      case structure([ArrowColumn])
      /// Of lists, and of maps, whose elements are structs of key and value: row `i` has the elements from `offsets[i]` up to
      /// `offsets[i + 1]`.
      case list(offsets: Buffer<Int32>, elements: ArrowColumn)
      /// Nothing but NULL.
      case nothing
    }

    package var count: Int
    package var values: Values
    /// Of structs and lists: a byte a row, 0 where there is none; `nil` when there always is one.
    package var validity: Buffer<UInt8>?

    package init(_ column: Column) {
      count = column.count
      values = .column(column)
    }

    package init(count: Int, values: Values, validity: Buffer<UInt8>? = nil) {
      self.count = count
      self.values = values
      self.validity = validity
    }

    /// The column, if it is not nested.
    package var column: Column? { if case .column(let column) = values { column } else { nil } }

    /// The fields of a struct; else none.
    package var fields: [ArrowColumn] { if case .structure(let fields) = values { fields } else { [] } }

    /// Whether there is no value in a row.
    package func isNull(_ row: Int) -> Bool {
      switch values {
      case .column(let column): column.isNull(row)
      case .nothing: true
      case .structure, .list: validity.map { $0.base[row] == 0 } ?? false
      }
    }

    /// The elements of a list's or map's row.
    package func elements(_ row: Int) -> (column: ArrowColumn, rows: Range<Int>)? {
      guard case .list(let offsets, let elements) = values, !isNull(row) else { return nil }
      return (elements, Int(offsets[row])..<Int(offsets[row + 1]))
    }
  }
#endif
