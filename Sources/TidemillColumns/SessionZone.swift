/// The zone that timestamps without an offset are read in and that results are shown in.
///
/// Windows are always aligned to UTC, as Spark's are; the zone only concerns text and calendar functions.
public struct SessionZone: Hashable, Sendable {
  /// `UTC`, `+02:00`, `Europe/Berlin`.
  public let name: String
  /// Seconds east of UTC, where there are no rules.
  private let fixedOffset: Int64
  private let rules: ZoneRules?

  /// UTC, the zone of sessions that set none.
  public static let utc = SessionZone(fixedOffset: 0)

  /// - Parameter fixedOffset: seconds east of UTC.
  public init(fixedOffset: Int64) {
    var name: [UInt8] = []
    if fixedOffset == 0 { name = Array("UTC".utf8) } else { TimestampText.appendOffset(fixedOffset, to: &name) }
    self.name = String(decoding: name, as: UTF8.self)
    self.fixedOffset = fixedOffset
    rules = nil
  }

  /// `UTC`, `Z`, `+02:00`; `nil` for anything else.
  public init?(name: String) {
    if ["utc", "z", "gmt", "etc/utc"].contains(name.lowercased()) {
      self = .utc
      return
    }
    var text = name
    guard let offset = text.withUTF8({ TimestampText.offsetSeconds($0) }) else { return nil }
    self.init(fixedOffset: offset)
  }

  /// A zone of the IANA database.
  ///
  /// - Parameter rules: the content of its file, mostly `/usr/share/zoneinfo/` and the name.
  /// - Throws: `CorruptBytes` when that is no such file.
  public init(name: String, rules: [UInt8]) throws {
    self.name = name
    fixedOffset = 0
    self.rules = try ZoneRules(rules)
  }

  public static func == (left: SessionZone, right: SessionZone) -> Bool {
    left.name == right.name && left.fixedOffset == right.fixedOffset
  }

  public func hash(into hasher: inout Hasher) { hasher.combine(name) }

  /// Seconds east of UTC at the given time.
  public func offset(atUTC microseconds: Int64) -> Int64 {
    guard let rules else { return fixedOffset }
    return rules.offset(atUTC: Self.seconds(microseconds))
  }

  /// Seconds east of UTC where they are always the same; `nil` where rules say.
  public var constantOffset: Int64? { rules == nil ? fixedOffset : nil }

  /// The time in UTC whose wall-clock reading in this zone is `local`.
  ///
  /// As in Java: of a reading that comes twice the first is meant; one that is skipped moves on by what was skipped.
  public func utc(fromLocal local: Int64) -> Int64 {
    guard let rules else { return local &- fixedOffset &* 1_000_000 }
    let seconds = Self.seconds(local)
    let before = rules.offset(atUTC: seconds &- 86_400)
    if rules.offset(atUTC: seconds &- before) == before { return local &- before &* 1_000_000 }
    let after = rules.offset(atUTC: seconds &+ 86_400)
    if rules.offset(atUTC: seconds &- after) == after { return local &- after &* 1_000_000 }
    return local &- before &* 1_000_000
  }

  private static func seconds(_ microseconds: Int64) -> Int64 {
    let quotient = microseconds / 1_000_000
    return microseconds % 1_000_000 < 0 ? quotient - 1 : quotient
  }
}
