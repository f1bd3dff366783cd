/// The zone that timestamps without an offset are read in and that results are shown in.
///
/// Windows are always aligned to UTC, as Spark's are; the zone only concerns text and calendar functions.
public struct SessionZone: Hashable, Sendable {
  /// Seconds east of UTC.
  public let fixedOffset: Int64

  public static let utc = SessionZone(fixedOffset: 0)

  public init(fixedOffset: Int64) { self.fixedOffset = fixedOffset }

  /// `UTC`, `Z`, `+02:00`; `nil` for anything else.
  public init?(name: String) {
    if ["utc", "z", "gmt", "etc/utc"].contains(name.lowercased()) {
      self = .utc
      return
    }
    var text = name
    guard let offset = text.withUTF8({ TimestampText.offsetSeconds($0) }) else { return nil }
    fixedOffset = offset
  }

  /// Seconds east of UTC at the given time.
  public func offset(atUTC microseconds: Int64) -> Int64 { fixedOffset }

  /// The time in UTC whose wall-clock reading in this zone is `local`.
  public func utc(fromLocal local: Int64) -> Int64 { local - fixedOffset * 1_000_000 }
}
