import TidemillColumns
import TidemillRuntime

/// What `SET name = value` and `--set name=value` can say.
public struct JobSettings: Sendable {
  /// `timezone`.
  public var zone = SessionZone.utc
  /// `compatibility`: whether lateness is judged by Spark's rule.
  public var isSparkCompatible = false
  /// `idle.timeout`: after how long an empty partition stops holding the watermark back; `nil`: never.
  public var idleTimeout: TimeSpan? = .minutes(1)
  /// `future.limit`: how far ahead of the clock an event time may be; `nil`: any.
  public var futureLimit: TimeSpan? = .days(1)
  /// How long a key without a window is kept after its last row.
  public var timeToLive: TimeSpan?
  /// `lanes`: threads that read and aggregate; `nil`: one per core.
  public var lanes: Int?
  /// `epoch.bytes`: about how much an epoch reads.
  public var epochByteLimit: Int?
  /// `snapshot.bytes`: after how much input a snapshot is taken.
  public var snapshotByteInterval: Int?
  /// `snapshot.interval`: after how long a snapshot is taken.
  public var snapshotTimeInterval: TimeSpan?

  /// What holds without a `SET` and without options.
  public init() {}

  /// Every name with what it takes.
  static let names: [String: String] = [
    "timezone": "UTC, an offset such as +02:00, or a zone such as Europe/Berlin",
    "compatibility": "spark or none",
    "idle.timeout": "an interval such as '1 minute', or off",
    "future.limit": "an interval such as '1 day', or off",
    "ttl": "an interval such as '1 day', or off",
    "lanes": "a number of threads",
    "epoch.bytes": "a size such as 64MB",
    "snapshot.bytes": "a size such as 256MB",
    "snapshot.interval": "an interval such as '10 seconds'",
  ]

  /// - Throws: `TidemillError.invalidQuery` for a name that means nothing or a value that the name does not take.
  public mutating func set(
    _ name: String, _ value: String, at range: TextRange? = nil, name nameRange: TextRange? = nil
  ) throws {
    let name = name == "spark.sql.session.timezone" ? "timezone" : name.lowercased()
    func bad() -> TidemillError {
      TidemillError(
        .invalidQuery, "\(name) cannot be '\(value)'", hint: "it takes \(Self.names[name] ?? "something else")", at: range)
    }
    func span() throws -> TimeSpan {
      guard let span = TimeSpan(parsing: value), span > .zero else { throw bad() }
      return span
    }
    func spanOrOff() throws -> TimeSpan? { value.lowercased() == "off" ? nil : try span() }
    func bytes() throws -> Int {
      guard let size = ByteSize(parsing: value), size.bytes > 0 else { throw bad() }
      return size.bytes
    }
    switch name {
    case "timezone":
      guard let zone = SessionZone(name: value) ?? ZoneDatabase.zone(value) else { throw bad() }
      self.zone = zone
    case "compatibility":
      guard ["spark", "none"].contains(value.lowercased()) else { throw bad() }
      isSparkCompatible = value.lowercased() == "spark"
    case "idle.timeout": idleTimeout = try spanOrOff()
    case "future.limit": futureLimit = try spanOrOff()
    case "ttl": timeToLive = try spanOrOff()
    case "lanes":
      guard let count = Int(value), (1...256).contains(count) else { throw bad() }
      lanes = count
    case "epoch.bytes": epochByteLimit = try bytes()
    case "snapshot.bytes": snapshotByteInterval = try bytes()
    case "snapshot.interval": snapshotTimeInterval = try span()
    default:
      throw TidemillError(
        .invalidQuery, "there is no setting '\(name)'",
        hint: "the settings are \(Self.names.keys.sorted().joined(separator: ", "))", at: nameRange)
    }
  }
}

/// A size in bytes as people write it: `512`, `64KB`, `64 MB`, `2GB`; powers of 1024.
public struct ByteSize: Hashable, Sendable {
  /// The size in bytes.
  public var bytes: Int

  /// Reads a number and its unit, in any case, spaces ignored; `nil` for other text and for sizes beyond 64 bits.
  public init?(parsing text: String) {
    let text = text.uppercased().filter { $0 != " " }
    let digits = text.prefix { $0.isASCII && $0.isNumber }
    guard let count = Int(digits) else { return nil }
    let shift: Int
    switch text.dropFirst(digits.count) {
    case "", "B": shift = 0
    case "K", "KB", "KIB": shift = 10
    case "M", "MB", "MIB": shift = 20
    case "G", "GB", "GIB": shift = 30
    case "T", "TB", "TIB": shift = 40
    default: return nil
    }
    let (bytes, overflow) = count.multipliedReportingOverflow(by: 1 << shift)
    if overflow { return nil }
    self.bytes = bytes
  }
}
