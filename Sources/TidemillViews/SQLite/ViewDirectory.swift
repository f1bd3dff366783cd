#if SQLite
  import Foundation
  import Synchronization
  import TidemillColumns

  /// Where a view's database lies. A temporary directory goes with this object.
  final class ViewDirectory: Sendable {
    let path: String
    let isTemporary: Bool

    /// - Parameter path: made when it is not there; `nil` for a temporary one.
    init(_ path: String?) throws {
      isTemporary = path == nil
      self.path = try path ?? Self.newTemporaryPath()
      do {
        try FileManager.default.createDirectory(atPath: self.path, withIntermediateDirectories: true)
      } catch {
        throw TidemillError(
          .io, "the directory \(self.path) of a view cannot be made: \(error.localizedDescription)",
          hint: "check that its parent is there and may be written")
      }
    }

    private static func newTemporaryPath() throws -> String {
      var template = Array((NSTemporaryDirectory() + "/tidemill-view-XXXXXX").utf8CString)
      guard mkdtemp(&template) != nil else {
        throw TidemillError(
          .io, "no temporary directory can be made in \(NSTemporaryDirectory())", hint: "set TMPDIR, or give a checkpoint")
      }
      let path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
      TemporaryDirectories.add(path)
      return path
    }

    /// The file of a view. A name in backticks may hold anything; in a path it must stay one name.
    func file(of view: String) -> String {
      let name = view.utf8.reduce(into: "") { text, byte in
        switch byte {
        case 48...57, 65...90, 97...122, UInt8(ascii: "_"), UInt8(ascii: "-"):
          text.unicodeScalars.append(Unicode.Scalar(byte))
        default: text += "%" + String(byte, radix: 16)
        }
      }
      return "\(path)/\(name).sqlite"
    }

    deinit { if isTemporary { TemporaryDirectories.remove(path) } }
  }

  /// The temporary directories that are there. What still is when the program ends goes then: some views live as long as it.
  private enum TemporaryDirectories {
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

  /// The length of a file.
  enum FileLength {
    static func of(_ path: String) -> Int? {
      var status = stat()
      return stat(path, &status) == 0 ? Int(status.st_size) : nil
    }
  }
#endif
