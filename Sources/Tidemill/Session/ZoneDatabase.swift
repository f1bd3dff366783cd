import TidemillColumns
import TidemillFiles

/// The system's copy of the IANA time zone database.
enum ZoneDatabase {
  private static let directories = ["/usr/share/zoneinfo", "/usr/lib/zoneinfo", "/var/db/timezone/zoneinfo"]

  /// The zone of this name; `nil` when the system has none.
  static func zone(_ name: String) -> SessionZone? {
    // A name is a path in the database: it must not lead out of it.
    guard name.first?.isLetter ?? false, !name.split(separator: "/").contains("..") else { return nil }
    for directory in directories {
      if let bytes = try? LocalFileSystem().read("\(directory)/\(name)"), let zone = try? SessionZone(name: name, rules: bytes)
      {
        return zone
      }
    }
    return nil
  }
}
