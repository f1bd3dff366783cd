#if Postgres
  import TidemillColumns

  /// What a server or the way to it answered instead of a result.
  struct PostgresFailure: Error, Hashable, Sendable {
    /// Without line ends, without the password.
    var message: String
    /// The five characters that SQL gives to kinds of errors; `nil` when there was no answer.
    var state: String?
    /// Whether trying again is of no use although the server has not answered.
    var isFinal = false

    /// Whether the same may succeed after a while: the server is gone, starting, ending or full, somebody holds a lock, or two
    /// transactions were in each other's way.
    var isRetryable: Bool {
      guard let state else { return !isFinal }
      return state.hasPrefix("08") || ["57P01", "57P02", "57P03", "57P05", "53300", "55P03", "40001", "40P01"].contains(state)
    }

    private static let goingOn = "then start again with the same checkpoint: the job goes on behind the last epoch in the table"

    /// The error of a job that is to end and does not wait any longer.
    func interruption(_ owner: String, at address: PostgresAddress) -> TidemillError {
      TidemillError(
        .io, "\(owner): stopped while it waited for PostgreSQL at \(address.place): \(message)",
        hint: "once it is back, \(Self.goingOn.dropFirst(5))", isRetryable: true)
    }

    /// The error that ends the job.
    func error(_ table: String, at address: PostgresAddress, waited: Duration?) -> TidemillError {
      let place = address.place
      if let waited {
        return TidemillError(
          .io, "PostgreSQL at \(place) could not be used for \(waited.components.seconds) s: \(message)",
          hint: "see to it that it runs and can be reached, \(Self.goingOn); 'retry.limit' says how long to try",
          isRetryable: true)
      }
      switch state {
      case "28P01", "28000", nil:
        return TidemillError(
          .io, "PostgreSQL at \(place) refuses the login: \(message)",
          hint: "check user and password: 'postgresql://user:${env:PGPASSWORD}@host/database'")
      case "3D000":
        return TidemillError(.io, "PostgreSQL at \(place): \(message)", hint: "create the database, or name another")
      case "42501":
        return TidemillError(
          .io, "PostgreSQL at \(place), table \(table): \(message)", hint: "give the user the right to do so, with GRANT")
      case "53100":
        return TidemillError(
          .io, "no room on PostgreSQL at \(place): \(message)", hint: "make room, \(Self.goingOn)", isRetryable: true)
      case "25006":
        return TidemillError(
          .io, "PostgreSQL at \(place) takes no changes: \(message)",
          hint: "name the primary server; with several hosts add ?target_session_attrs=read-write to the url")
      case "22021":
        return TidemillError(
          .badInput, "table \(table) takes no such text: \(message)",
          hint: "PostgreSQL's text cannot hold the character NUL; make it NULL or cut it off in the query")
      case let state? where state.hasPrefix("23"):
        return TidemillError(
          .badInput, "table \(table) refuses a row of the result: \(message)",
          hint: "loosen the constraint, or filter such rows in the query")
      case let state?:
        return TidemillError(
          .io, "PostgreSQL at \(place), table \(table): \(message) (\(state))",
          hint: "when the cause is gone, \(Self.goingOn.dropFirst(5))")
      }
    }
  }
#endif
