#if Server
  import NIOCore
  import Tidemill

  #if canImport(Darwin)
    import Darwin
  #elseif canImport(Musl)
    import Musl
  #else
    import Glibc
  #endif

  /// Why a server could not listen, in words.
  enum ListenFailure {
    static func translated(_ error: any Error, _ address: ListenAddress) -> any Error {
      if error is TidemillError || error is CancellationError { return error }
      guard let error = error as? IOError else {
        return TidemillError(.io, "cannot listen on \(address): \(error)")
      }
      let hint =
        switch error.errnoCode {
        case EADDRINUSE: "another program listens there; port 0 takes one that is free"
        case EACCES: "ports below 1024 need rights that this process does not have"
        case EADDRNOTAVAIL: "this machine does not have that address"
        default: "give an address of this machine and a port"
        }
      return TidemillError(
        .io, "cannot listen on \(address): \(String(cString: strerror(error.errnoCode)))", hint: hint)
    }
  }

  /// How many files and connections the process may have open.
  enum FileDescriptors {
    /// Shells often allow no more than 1024, and let a process raise that itself.
    static func raiseLimit() {
      var limit = rlimit()
      #if canImport(Glibc)
        let resource = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
      #else
        let resource = RLIMIT_NOFILE
      #endif
      guard getrlimit(resource, &limit) == 0 else { return }
      let wanted = min(limit.rlim_max, 16_384)
      guard limit.rlim_cur < wanted else { return }
      limit.rlim_cur = wanted
      _ = setrlimit(resource, &limit)
    }
  }
#endif
