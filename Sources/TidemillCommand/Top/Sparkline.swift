/// Values as a line of eighths of a character: ▁▂▅█.
enum Sparkline {
  private static let steps: [Character] = ["▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"]

  /// The last values, one a character, against the highest of them; on the right if there are fewer.
  static func text(_ values: [Int], width: Int) -> String {
    let shown = values.suffix(width)
    let most = max(shown.max() ?? 0, 1)
    let line = shown.map { value in steps[value <= 0 ? 0 : min(7, value * 8 / (most + 1))] }
    return String(repeating: " ", count: max(0, width - line.count)) + String(line)
  }
}
