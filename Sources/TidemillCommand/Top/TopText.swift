#if Server
  #if canImport(FoundationEssentials)
    import FoundationEssentials
  #else
    import Foundation
  #endif

  import Tidemill

  /// A picture of the server as lines of text.
  struct TopText {
    var picture: TopPicture
    /// Why there is no newer one, and for how many seconds.
    var trouble: (words: String, age: Int)?
    var hasColor = false

    /// - Parameters:
    ///   - rows: how many lines there may be; `nil` if any.
    ///   - width: how long one may be; `nil` if any.
    func lines(rows: Int?, width: Int?) -> [String] {
      func cut(_ text: String) -> String { width.map { TextColumns.cut(text, $0) } ?? text }
      var lines = [head(width)]
      if let trouble { lines.append(color("33", cut("no newer answer for \(trouble.age) s: \(Self.plain(trouble.words))"))) }
      if let error = picture.job.error { lines.append(color("31", cut(Self.plain(error)))) }
      if !picture.job.queries.isEmpty {
        lines.append("")
        let table = queries(width)
        lines.append(color("1", table[0]))
        lines += table.dropFirst()
      }
      for (index, table) in picture.tables.enumerated() {
        let views = picture.tables.count - index
        // An empty line, a title, column names: each view has them, and the room that is left is shared.
        let room = rows.map { ($0 - lines.count) / views - 3 } ?? .max
        if let rows, room < 1, rows - lines.count < 4 * views, rows - lines.count < 5 || index > 0 {
          if lines.count < rows { lines.append(cut("… and \(views) more \(views == 1 ? "view" : "views")")) }
          break
        }
        lines += [""] + view(table, rows: max(1, room), width)
      }
      return rows.map { Array(lines.prefix($0)) } ?? lines
    }

    private func head(_ width: Int?) -> String {
      let job = picture.job
      var parts = ["tidemill", picture.address, trouble == nil ? job.state : "reconnecting"]
      let last = job.queries.compactMap { $0.recent.isEmpty ? nil : $0.timestamp.flatMap(Self.seconds) }.max()
      if let last, let now = Self.seconds(job.now) { parts.append("last epoch \(Self.span(max(0, now - last))) ago") }
      parts.append(
        "state \(Quantity.bytes(job.memory.stateBytes))" + (job.memory.budgetBytes.map { " of \(Quantity.bytes($0))" } ?? ""))
      let text = Self.plain(parts.joined(separator: "  "))
      return color(job.state == "failed" ? "1;31" : "1", width.map { TextColumns.cut(text, $0) } ?? text)
    }

    private func queries(_ width: Int?) -> [String] {
      let queries = picture.job.queries
      let now = Self.seconds(picture.job.now) ?? 0
      func lag(_ query: TopQuery) -> String {
        guard let newest = query.maxEventTime.flatMap(Self.seconds) else { return "-" }
        return Self.span(max(0, now - newest))
      }
      func watermark(_ query: TopQuery) -> String {
        guard let watermark = query.watermark else { return "-" }
        let text = Self.time(watermark)
        return picture.job.now.prefix(10) == text.prefix(10) ? String(text.dropFirst(11)) : text
      }
      return TextColumns(columns: [
        .init(title: "QUERY", cells: queries.map { Self.plain($0.id) }),
        .init(title: "ROWS/S", isNumber: true, cells: queries.map { Quantity.grouped(Self.whole($0.inputRowsPerSecond)) }),
        .init(title: "TREND", cells: queries.map { Sparkline.text($0.recent.map(\.rows), width: 8) }, dispensable: 1),
        .init(title: "LAG", isNumber: true, cells: queries.map(lag)),
        .init(title: "WATERMARK", isNumber: true, cells: queries.map(watermark)),
        .init(title: "EPOCH", isNumber: true, cells: queries.map { $0.epoch.map(Quantity.grouped) ?? "-" }, dispensable: 3),
        .init(title: "MS", isNumber: true, cells: queries.map { Quantity.grouped($0.epochMilliseconds) }),
        .init(title: "LATE", isNumber: true, cells: queries.map { Quantity.grouped($0.ledger.late) }),
        .init(title: "REJ", isNumber: true, cells: queries.map { Quantity.grouped($0.ledger.rejected) }),
        .init(title: "OPEN", isNumber: true, cells: queries.map { Quantity.grouped($0.openWindows) }, dispensable: 2),
        .init(title: "STATE", isNumber: true, cells: queries.map { Quantity.bytes($0.stateBytes) }),
      ]).lines(width: width)
    }

    /// The top rows, of the current window if there are windows.
    private func view(_ table: TopTable, rows: Int, _ width: Int?) -> [String] {
      let view = table.view
      var shown = table.answer.rows
      var title = Self.plain(view.name)
      if let window = view.window, case .window(let start, let end)? = shown.first?[window] {
        shown = shown.filter { row in
          if case .window(start, _)? = row[window] { true } else { false }
        }
        let isOpen = table.answer.watermark.map { Self.isLater(end, than: $0) } ?? true
        title += "  \(Self.window(start, end)) (\(isOpen ? "open" : "closed"))"
      }
      if let count = view.rows { title += "  \(Quantity.grouped(count)) \(count == 1 ? "row" : "rows") in all" }
      let heading = color("1", width.map { TextColumns.cut(title, $0) } ?? title)
      if shown.isEmpty { return [heading, "  no rows yet"] }
      let first = shown.prefix(min(rows, 50))
      let columns = view.columns.filter { $0.name != view.window }.map { column in
        TextColumns.Column(
          title: Self.plain(column.name), isNumber: column.isNumeric,
          cells: first.map { Self.cell($0[column.name] ?? .null, column) })
      }
      return [heading] + TextColumns(columns: columns).lines(width: width)
    }

    private func color(_ code: String, _ text: String) -> String { hasColor ? "\u{1B}[\(code)m\(text)\u{1B}[0m" : text }

    // MARK: Values

    private static func cell(_ cell: TopCell, _ column: TopView.Column) -> String {
      switch cell {
      case .null: "null"
      case .text(let text): plain(text)
      case .number(let digits): number(digits, scale: column.scale)
      case .window(let start, let end): window(start, end)
      case .other: "…"
      }
    }

    /// With commas, and as many digits behind the point as the type says.
    static func number(_ digits: String, scale: Int?) -> String {
      let parts = digits.split(separator: ".", omittingEmptySubsequences: false)
      guard let whole = Int(parts[0]), parts.count <= 2 else { return digits }
      let sign = whole == 0 && digits.hasPrefix("-") ? "-" : ""
      var fraction = parts.count == 2 ? String(parts[1]) : ""
      if let scale {
        fraction += String(repeating: "0", count: max(0, scale - fraction.count))
      } else if fraction.count > 6 {
        fraction = String(fraction.prefix(6))
      }
      return sign + Quantity.grouped(whole) + (fraction.isEmpty ? "" : "." + fraction)
    }

    /// What comes from data must not steer the terminal.
    static func plain(_ text: String) -> String {
      String(
        String.UnicodeScalarView(
          text.unicodeScalars.map { scalar in
            switch scalar.properties.generalCategory {
            case .control, .format, .lineSeparator, .paragraphSeparator: "·"
            default: scalar
            }
          }))
    }

    private static func window(_ start: String, _ end: String) -> String {
      let (from, to) = (time(start), time(end))
      return "\(from) – \(from.prefix(10) == to.prefix(10) ? String(to.dropFirst(11)) : to)"
    }

    private static func time(_ iso: String) -> String {
      String(plain(iso).map { $0 == "T" ? " " : $0 }.filter { $0 != "Z" })
    }

    /// Seconds since 1970.
    private static func seconds(_ iso: String) -> Double? {
      let style = Date.ISO8601FormatStyle(includingFractionalSeconds: iso.contains("."))
      return (try? style.parse(iso))?.timeIntervalSince1970
    }

    /// Whether one ISO 8601 time is behind another. Their texts would not tell: zones and digits of fraction may differ.
    static func isLater(_ end: String, than watermark: String) -> Bool {
      guard let end = TimestampText.microseconds(end), let watermark = TimestampText.microseconds(watermark) else {
        return false
      }
      return end > watermark
    }

    /// Rounded, whatever the server says: 0 if that is no number, and the nearest there is if it is out of range.
    static func whole(_ number: Double) -> Int {
      if let whole = Int(exactly: number.rounded()) { return whole }
      if number.isNaN { return 0 }
      return number < 0 ? .min : .max
    }

    /// In its two largest units; what is less than nothing, or no number, is nothing.
    static func span(_ seconds: Double) -> String {
      let seconds = seconds > 0 ? seconds : 0
      if seconds < 10 { return "\(Quantity.decimal(seconds, digits: 1)) s" }
      var rest = whole(seconds)
      let units = [("y", 31_557_600), ("d", 86_400), ("h", 3600), ("min", 60), ("s", 1)]
      let first = units.firstIndex { rest >= $0.1 } ?? units.count - 1
      var parts: [String] = []
      for (name, size) in units[first...].prefix(2) {
        if rest / size > 0 { parts.append("\(rest / size) \(name)") }
        rest %= size
      }
      return parts.joined(separator: " ")
    }
  }
#endif
