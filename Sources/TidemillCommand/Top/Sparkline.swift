/// Values as a line of eighths of a character: ▁▂▅█.
enum Sparkline {
  private static let steps: [Character] = ["▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"]

  /// The last values, one a character, against the highest of them; on the right if there are fewer.
  static func text(_ values: [Int], width: Int) -> String {
    let shown = values.suffix(width)
    let most = max(shown.max() ?? 0, 1)
    // In floating point, since eight times what a server counts may be too much for an integer.
    let line = shown.map { value in steps[value <= 0 ? 0 : min(7, Int(Double(value) * 8 / (Double(most) + 1)))] }
    return String(repeating: " ", count: max(0, width - line.count)) + String(line)
  }
}
