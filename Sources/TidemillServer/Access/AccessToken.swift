#if Server
  import TidemillColumns
  import TidemillFiles

  /// The word that a client must know. Never printed.
  public struct AccessToken: Sendable, CustomStringConvertible {
    /// With fewer characters it could be guessed.
    public static let shortest = 16

    private let bytes: [UInt8]

    /// - Parameter origin: where it comes from, for messages.
    /// - Throws: `TidemillError` unless it is at least `shortest` printable ASCII characters without spaces, which is what an
    ///   `Authorization` header can carry. Line ends around it do not count.
    public init(_ text: String, from origin: String) throws {
      var text = text[...]
      while let last = text.last, last.isNewline || last == " " { text.removeLast() }
      guard text.utf8.allSatisfy({ 0x21...0x7E ~= $0 }), text.utf8.count >= Self.shortest else {
        throw TidemillError(
          .invalidQuery, "\(origin) holds no token",
          hint: "a token has at least \(Self.shortest) printable ASCII characters and no spaces; `openssl rand -hex 32` makes one")
      }
      bytes = Array(text.utf8)
    }

    /// Reads the token in a file.
    public init(file: String) throws {
      let bytes: [UInt8]
      do { bytes = try LocalFileSystem().read(file) } catch {
        throw TidemillError(.invalidQuery, "the token cannot be read from \(file): \(error)")
      }
      guard let text = String(validating: bytes, as: UTF8.self) else {
        throw TidemillError(.invalidQuery, "the token in \(file) is not text")
      }
      try self.init(text, from: file)
    }

    /// Whether `header`, the value of `Authorization`, is `Bearer` and this token. How long that takes depends on the header's
    /// length only.
    func isGiven(by header: String?) -> Bool {
      guard let header else { return false }
      let given = Array(header.utf8)
      let scheme = Array("bearer ".utf8)
      guard given.count > scheme.count, zip(given, scheme).allSatisfy({ $0 | 0x20 == $1 }) else { return false }
      var difference: UInt8 = given.count - scheme.count == bytes.count ? 0 : 1
      for (index, byte) in given[scheme.count...].enumerated() { difference |= byte ^ bytes[index % bytes.count] }
      return difference == 0
    }

    public var description: String { "…" }
  }
#endif
