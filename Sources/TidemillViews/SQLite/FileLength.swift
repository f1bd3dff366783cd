#if SQLite
  import Foundation

  /// The length of a file.
  enum FileLength {
    static func of(_ path: String) -> Int? {
      var status = stat()
      return stat(path, &status) == 0 ? Int(status.st_size) : nil
    }
  }
#endif
