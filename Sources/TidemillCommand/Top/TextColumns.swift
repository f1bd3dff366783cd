/// Text in columns, as wide as their contents and as there is room for.
struct TextColumns {
  struct Column {
    var title: String
    /// Numbers stand on the right.
    var isNumber = false
    var cells: [String]
    /// Columns with the highest number go first where there is too little room; 0 stays.
    var dispensable = 0

    var width: Int { max(title.count, cells.map(\.count).max() ?? 0) }
  }

  var columns: [Column]

  /// The titles, then a line a row.
  ///
  /// - Parameter width: `nil` if there is no end to a line.
  func lines(width: Int?) -> [String] {
    var columns = columns
    if let width {
      while total(columns) > width, let most = columns.indices.max(by: { columns[$0].dispensable < columns[$1].dispensable }),
        columns[most].dispensable > 0
      {
        columns.remove(at: most)
      }
      // The widest text gives way, and in the end the last columns do.
      while total(columns) > width, let widest = columns.indices.max(by: { columns[$0].width < columns[$1].width }) {
        let room = columns[widest].width - (total(columns) - width)
        if room >= 8 {
          columns[widest].title = Self.cut(columns[widest].title, room)
          columns[widest].cells = columns[widest].cells.map { Self.cut($0, room) }
        } else if columns.count > 1 {
          columns.removeLast()
        } else {
          break
        }
      }
    }
    let widths = columns.map(\.width)
    func line(_ cells: [String]) -> String {
      var line = ""
      for (index, cell) in cells.enumerated() {
        if index > 0 { line += "  " }
        let padding = String(repeating: " ", count: max(0, widths[index] - cell.count))
        if columns[index].isNumber { line += padding + cell } else { line += index == cells.count - 1 ? cell : cell + padding }
      }
      return line
    }
    let rows = columns.map(\.cells.count).max() ?? 0
    return [line(columns.map(\.title))] + (0..<rows).map { row in line(columns.map { $0.cells[row] }) }
  }

  private func total(_ columns: [Column]) -> Int { columns.map(\.width).reduce(0, +) + 2 * max(0, columns.count - 1) }

  static func cut(_ text: String, _ width: Int) -> String {
    text.count <= width ? text : String(text.prefix(max(0, width - 1))) + "…"
  }
}
