#if SQLite
  import GRDB
  import TidemillColumns

  /// SQLite's errors as a user meets them.
  package enum SQLiteFailure {
    private static let goingOn = "then start again with the same checkpoint: the job goes on behind the last epoch in the table"

    package static func translated(_ error: DatabaseError, path: String, table: String, busyTimeout: TimeSpan) -> TidemillError
    {
      let detail = error.message ?? "\(error.resultCode)"
      switch error.resultCode {
      case .SQLITE_FULL:
        return TidemillError(.io, "no room for \(path): \(detail)", hint: "make room, \(goingOn)", isRetryable: true)
      case .SQLITE_BUSY, .SQLITE_LOCKED:
        return TidemillError(
          .io, "\(path) was locked by another program for \(busyTimeout)",
          hint: "end what holds it, or wait longer with busy.timeout '1 minute', \(goingOn)", isRetryable: true)
      case .SQLITE_READONLY, .SQLITE_PERM:
        return TidemillError(
          .io, "\(path) cannot be written: \(detail)",
          hint: "writing needs the right to change the file and to make files beside it; give it, \(goingOn)")
      case .SQLITE_CANTOPEN:
        return TidemillError(
          .io, "\(path) cannot be opened: \(detail)", hint: "check that its directory is there and may be written")
      case .SQLITE_NOTADB, .SQLITE_CORRUPT:
        return TidemillError(.badInput, "\(path) is no SQLite database, or a damaged one: \(detail)", hint: "name another file")
      case .SQLITE_CONSTRAINT:
        return TidemillError(
          .badInput, "table \(table) of \(path) refuses a row of the result: \(detail)",
          hint: "loosen the constraint, or filter such rows in the query")
      default:
        return TidemillError(.io, "\(path): \(detail)", hint: "when the cause is gone, \(goingOn.dropFirst(5))")
      }
    }
  }
#endif
