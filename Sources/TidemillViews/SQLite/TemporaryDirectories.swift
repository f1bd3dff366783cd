#if SQLite
  import Foundation
  import Synchronization

  /// The temporary directories that are there. What still is when the program ends goes then: some views live as long as it.
  enum TemporaryDirectories {
    private static let paths = Mutex<Set<String>>([])
    private static let removalAtExit: Void = {
      atexit { TemporaryDirectories.removeAll() }
    }()

    static func add(_ path: String) {
      removalAtExit
      paths.withLock { _ = $0.insert(path) }
    }

    static func remove(_ path: String) {
      paths.withLock { _ = $0.remove(path) }
      try? FileManager.default.removeItem(atPath: path)
    }

    private static func removeAll() {
      for path in paths.withLock({ $0 }) { try? FileManager.default.removeItem(atPath: path) }
    }
  }
#endif
