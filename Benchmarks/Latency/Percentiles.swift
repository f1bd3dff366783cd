/// Durations, to be shown by how many of them were shorter.
struct Percentiles {
  private var sorted: [Duration]

  init(_ durations: [Duration]) { sorted = durations.sorted() }

  var count: Int { sorted.count }

  /// The duration that a share of all did not exceed, in milliseconds.
  func milliseconds(_ share: Double) -> Double {
    guard !sorted.isEmpty else { return .nan }
    let index = min(sorted.count - 1, Int((Double(sorted.count) * share).rounded(.up)) - 1)
    let (seconds, attoseconds) = sorted[max(index, 0)].components
    return Double(seconds) * 1e3 + Double(attoseconds) / 1e15
  }

  private static let shown: [(name: String, share: Double)] = [
    ("p50", 0.5), ("p90", 0.9), ("p99", 0.99), ("p99.9", 0.999), ("max", 1),
  ]

  var text: String { Self.shown.map { "\($0.name) \(rounded(milliseconds($0.share)))" }.joined(separator: "  ") }

  var json: String {
    let members = Self.shown.map { "\"\($0.name)\":\(rounded(milliseconds($0.share)))" }
    return "{\"count\":\(count),\(members.joined(separator: ","))}"
  }

  private func rounded(_ value: Double) -> String { value.isFinite ? "\((value * 1000).rounded() / 1000)" : "null" }
}
