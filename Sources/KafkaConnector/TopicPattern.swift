#if Kafka
  import TidemillColumns

  #if canImport(Darwin)
    import Darwin
  #elseif canImport(Musl)
    import Musl
  #else
    import Glibc
  #endif

  /// An extended regular expression of POSIX that a topic's whole name must match.
  final class TopicPattern {
    private var expression = regex_t()

    init(_ text: String, of owner: String) throws {
      guard regcomp(&expression, "^(\(text))$", REG_EXTENDED | REG_NOSUB) == 0 else {
        throw TidemillError(
          .invalidQuery, "\(owner): option subscribePattern is '\(text)'",
          hint: "it takes an extended regular expression such as 'sales-[a-z]+'")
      }
    }

    deinit { regfree(&expression) }

    func matches(_ name: String) -> Bool { regexec(&expression, name, 0, nil, 0) == 0 }
  }
#endif
