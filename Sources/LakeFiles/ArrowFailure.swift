#if Lake
  import ArrowBridge

  /// What Arrow, or the file or store behind it, refused.
  package struct ArrowFailure: Error, Hashable, Sendable, CustomStringConvertible {
    /// How one may go on.
    package enum Kind: Hashable, Sendable {
      /// There is no such file.
      case notFound
      /// There is one already.
      case exists
      /// A file is damaged, or what was asked makes no sense.
      case invalid
      /// A disk or a store did not do it; it may another time.
      case io
      case outOfMemory
      /// Arrow cannot do it.
      case unsupported
    }

    package var kind: Kind
    package var description: String

    package init(_ kind: Kind, _ description: String) {
      self.kind = kind
      self.description = description
    }

    /// Takes the text over.
    init(_ error: tidemill_arrow_error) {
      kind =
        switch Int(error.code) {
        case Int(tidemill_arrow_not_found): .notFound
        case Int(tidemill_arrow_exists): .exists
        case Int(tidemill_arrow_io), Int(tidemill_arrow_callback): .io
        case Int(tidemill_arrow_memory): .outOfMemory
        case Int(tidemill_arrow_unsupported): .unsupported
        default: .invalid
        }
      description = error.text.map { String(cString: $0) } ?? "out of memory"
      tidemill_arrow_free(error.text)
    }
  }

  /// Calls a function of the bridge that returns whether it did what it should.
  func calling(_ body: (UnsafeMutablePointer<tidemill_arrow_error>) -> Bool) throws(ArrowFailure) {
    var error = tidemill_arrow_error()
    if !body(&error) { throw ArrowFailure(error) }
  }

  /// Calls a function of the bridge that returns something it made.
  func making<Made>(_ body: (UnsafeMutablePointer<tidemill_arrow_error>) -> Made?) throws(ArrowFailure) -> Made {
    var error = tidemill_arrow_error()
    guard let made = body(&error) else { throw ArrowFailure(error) }
    return made
  }
#endif
