import TidemillColumns

/// The `TidemillError` that `body` ends with; `nil` if it does not.
func tidemillError(_ body: () async throws -> Void) async -> TidemillError? {
  do {
    try await body()
    return nil
  } catch {
    return error as? TidemillError
  }
}
