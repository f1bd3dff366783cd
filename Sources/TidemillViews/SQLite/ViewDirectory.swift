#if SQLite
  import Foundation
  import TidemillColumns
  import TidemillConnectors

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

    /// The file of a view.
    func file(of view: String) -> String { "\(path)/\(PathComponent.of(view)).sqlite" }

    deinit { if isTemporary { TemporaryDirectories.remove(path) } }
  }
#endif
