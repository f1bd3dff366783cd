import TidemillColumns
import TidemillConnectors
import TidemillViews

extension Session {
  /// Runs one `SELECT` over views as they are now, with the language of streaming queries and `ORDER BY` and `LIMIT` besides.
  ///
  /// It reads nothing but these views: names of streams, paths and standard input mean nothing in it.
  ///
  /// - Parameters:
  ///   - rowLimit: how many rows the result has at most.
  ///   - memoryLimit: about how many bytes the views' rows and the result may take.
  /// - Throws: `TidemillError` with the place in the text, or when the memory does not suffice.
  public static func query(
    _ sql: String, over views: [MaterializedView], rowLimit: Int = 1000, memoryLimit: Int = 256 << 20
  ) async throws -> AdHocResult {
    throw TidemillError(.unsupported, "SQL over views is not there yet")
  }
}
