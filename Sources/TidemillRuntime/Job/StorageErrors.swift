import TidemillColumns
import TidemillFiles
import TidemillStorage

/// Storage and files know nothing of Tidemill's error type; here their errors become it.
///
/// - Throws: `TidemillError` with code `checkpoint` or `io` for those, anything else as it is.
public func translatingStorageErrors<Result>(_ work: () throws -> Result) throws -> Result {
  do {
    return try work()
  } catch let error as StorageError {
    throw TidemillError(.checkpoint, error.message, hint: error.hint)
  } catch let error as FileError {
    throw TidemillError(.io, "\(error)", hint: hint(for: error), isRetryable: error.isRetryable)
  }
}

private func hint(for error: FileError) -> String? {
  if error.isDiskFull { return "make room on the disk and start again: nothing that was written is lost" }
  if error.isReadOnly { return "let this user write there and start again: nothing that was written is lost" }
  if error.operation == .read || error.operation == .list { return nil }
  return "mend that and start again: nothing that was written is lost"
}
