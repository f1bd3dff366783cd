/// How large files become, and how much is done at once.
struct WriterLimits: Sendable {
  /// In bytes.
  var targetFileSize: Int
  /// How many files are written at once.
  var lanes: Int
  /// Whether small files are brought together.
  var compacts: Bool
}
