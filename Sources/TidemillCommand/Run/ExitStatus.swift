import Tidemill

/// What the program's exit code says.
enum ExitStatus: Int32 {
  case success = 0
  case failure = 1
  case usage = 2
  case checkpoint = 3
  case strict = 4
  /// A second Ctrl-C: the shell's number for a process that SIGINT ended.
  case interrupted = 130

  static let documentation = """
    Exit codes: 0 all went well, or Ctrl-C ended it; 1 the query failed while it ran, or Ctrl-C came while a server was \
    waited for; 2 the command or its SQL is wrong; \
    3 the checkpoint is locked, damaged or of another query; 4 rows were late or rejected, under --strict; \
    130 a second Ctrl-C.
    """

  /// The code for an error, by whose move it is.
  init(_ error: TidemillError) {
    switch error.code {
    case .invalidQuery, .unsupported: self = .usage
    case .checkpoint: self = .checkpoint
    case .badInput, .outOfRange, .io, .outOfMemory: self = .failure
    }
  }
}

/// An error that has been put into words.
struct TidemillFailure: Error {
  var text: String
  var status: ExitStatus

  /// - Parameters:
  ///   - script: the text that the error's range refers to.
  ///   - file: how that text is called.
  init(_ error: any Error, script: String = "", file: String? = nil, status: ExitStatus? = nil) {
    let known = TidemillError(any: error)
    text = Diagnostics.render(known, in: script, file: file, color: Terminal.standardError.hasColor)
    self.status = status ?? ExitStatus(known)
  }
}

extension TidemillError {
  /// Any error as the one kind that users see.
  init(any error: any Error) {
    do {
      let _: Never = try translatingStorageErrors { throw error }
    } catch let error as TidemillError {
      self = error
    } catch {
      self = TidemillError(.io, "\(error)")
    }
  }
}
