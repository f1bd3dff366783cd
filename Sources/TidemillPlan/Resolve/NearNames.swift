/// Guesses what a misspelt name was meant to be.
package enum NearNames {
  /// `did you mean a or b?`; when nothing is near, `otherwise` and the first of all names.
  package static func hint(for name: String, among names: [String], otherwise: String) -> String? {
    if names.isEmpty { return nil }
    let near = nearest(to: name, among: names)
    if !near.isEmpty { return "did you mean \(near.map { "`\($0)`" }.joined(separator: " or "))?" }
    let shown = names.prefix(12).map { "`\($0)`" }.joined(separator: ", ")
    return "\(otherwise) \(shown)\(names.count > 12 ? ", …" : "")"
  }

  /// At most three names that are a few keystrokes away or share the last part of a path, the nearest first.
  static func nearest(to name: String, among names: [String]) -> [String] {
    let wanted = Array(name.lowercased().unicodeScalars)
    var near: [(distance: Int, name: String)] = []
    for candidate in names {
      let other = Array(candidate.lowercased().unicodeScalars)
      let limit = max(1, min(wanted.count, other.count) / 3)
      let distance = candidate.lowercased().hasSuffix("." + name.lowercased()) ? 0 : distance(wanted, other)
      if distance <= limit { near.append((distance, candidate)) }
    }
    return near.sorted { ($0.distance, $0.name) < ($1.distance, $1.name) }.prefix(3).map(\.name)
  }

  /// How many insertions, removals and replacements lead from one text to the other (Levenshtein).
  private static func distance(_ left: [Unicode.Scalar], _ right: [Unicode.Scalar]) -> Int {
    var row = Array(0...right.count)
    for (i, scalar) in left.enumerated() {
      var diagonal = row[0]
      row[0] = i + 1
      for (j, other) in right.enumerated() {
        let replaced = diagonal + (scalar == other ? 0 : 1)
        diagonal = row[j + 1]
        row[j + 1] = min(replaced, row[j] + 1, row[j + 1] + 1)
      }
    }
    return row[right.count]
  }
}
