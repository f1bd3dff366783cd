import TidemillColumns

/// Errors as people read them: what is wrong, the line it stands in, a caret under the place, what to do.
public enum Diagnostics {
  /// Renders an error, without a line end behind the last line. Values of options that hold credentials are stars.
  ///
  /// ```
  /// error: expected FROM, found `sales`
  ///  --> hourly.sql:2:10
  ///   |
  /// 2 | SELECT a sales
  ///   |          ^^^^^
  /// hint: …
  /// ```
  ///
  /// - Parameters:
  ///   - text: the text that the error's range refers to.
  ///   - file: the name shown for it; without one it is `query`.
  ///   - color: whether to use terminal colours.
  public static func render(
    _ error: TidemillError, in text: String, file: String? = nil, color: Bool = false
  ) -> String {
    let style = Style(isOn: color)
    var lines = [style.red("error:") + style.bold(" " + printable(error.message))]
    if let range = error.range {
      let excerpt = Excerpt(of: range, in: SecretText.hidden(text))
      let number = String(excerpt.lineNumber)
      let margin = String(repeating: " ", count: number.utf8.count)
      let place = "\(file ?? "query"):\(number):\(excerpt.before.count + 1)"
      let carets = String(repeating: "^", count: max(1, width(excerpt.marked)))
      let line = printable(excerpt.before + excerpt.marked + excerpt.after)
      lines.append(margin + style.blue("-->") + " " + place)
      lines.append(margin + style.blue(" |"))
      lines.append(style.blue(number + " |") + " " + line)
      lines.append(margin + style.blue(" |") + " " + blank(excerpt.before) + style.red(carets))
    }
    if let hint = error.hint { lines.append(style.cyan("hint:") + " " + printable(hint)) }
    return lines.joined(separator: "\n")
  }

  /// As much blank space as `text` takes; tabs stay, so that they reach as far as in the line above.
  private static func blank(_ text: String) -> String {
    text.reduce(into: "") { $0 += $1 == "\t" ? "\t" : String(repeating: " ", count: width($1)) }
  }

  private static func width(_ text: String) -> Int { text.reduce(0) { $0 + width($1) } }

  /// How many cells of a terminal a character takes: two for East Asian wide ones and emoji.
  private static func width(_ character: Character) -> Int {
    guard let scalar = character.unicodeScalars.first else { return 0 }
    switch scalar.value {
    case ..<0x300: return 1
    case 0x1100...0x115F, 0x2E80...0x303E, 0x3041...0xA4CF, 0xAC00...0xD7A3, 0xF900...0xFAFF, 0xFE30...0xFE6F,
      0xFF00...0xFF60, 0xFFE0...0xFFE6, 0x1F300...0x1F64F, 0x1F680...0x1F6FF, 0x1F900...0x1F9FF, 0x20000...0x3FFFD:
      return 2
    default:
      let category = scalar.properties.generalCategory
      return category == .nonspacingMark || category == .enclosingMark || category == .format ? 0 : 1
    }
  }

  /// Without control characters, which could change the terminal's state.
  private static func printable(_ text: String) -> String {
    guard text.unicodeScalars.contains(where: isControl) else { return text }
    var result = String.UnicodeScalarView()
    for scalar in text.unicodeScalars { result.append(isControl(scalar) ? "\u{FFFD}" : scalar) }
    return String(result)
  }

  private static func isControl(_ scalar: Unicode.Scalar) -> Bool {
    scalar != "\t" && scalar.properties.generalCategory == .control
  }

  private struct Style {
    var isOn: Bool

    func bold(_ text: String) -> String { paint(text, "1") }
    func red(_ text: String) -> String { paint(text, "1;31") }
    func blue(_ text: String) -> String { paint(text, "34") }
    func cyan(_ text: String) -> String { paint(text, "36") }

    private func paint(_ text: String, _ code: String) -> String {
      isOn ? "\u{1B}[\(code)m\(text)\u{1B}[0m" : text
    }
  }
}
