/// Decompresses one file's members, one after the other. Used by one thread at a time.
protocol Decompressor: AnyObject {
  /// Whether every member that was begun has come to its end, with nothing of it left to give out.
  var isBetweenMembers: Bool { get }

  /// Takes some input and gives some output; neither only when it needs more of the one or room for the other.
  func decompress(
    _ input: UnsafeRawBufferPointer, into output: UnsafeMutableRawBufferPointer
  ) throws(BadCompression) -> (read: Int, written: Int)
}

/// Bytes that are not what a decompressor takes, or that were changed since they were compressed.
struct BadCompression: Error {
  /// In the words of the library.
  var reason: String
}
