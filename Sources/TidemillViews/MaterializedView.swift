import TidemillColumns
import TidemillConnectors

/// The result of a query as a table that can be read while it changes.
///
/// It is an SQLite database that one job writes, each epoch in one transaction, exactly once. Readers see it as it was after some
/// epoch, and hold up neither the job nor each other.
public final class MaterializedView: Sendable {
  /// The view's name, which is its query's.
  public let name: String
  /// The columns of its rows.
  public let schema: Schema
  /// Ordinals of the columns that tell rows apart; `nil` when equal rows may be in the view.
  public let key: [Int]?
  public let options: ViewOptions
  /// The zone in which its times are shown.
  public let zone: SessionZone
  /// What the last epochs changed.
  public let changes: ViewChanges

  /// A view that nothing has been written to in this process. Its database is opened when its job opens `sink`.
  ///
  /// - Throws: `TidemillError` when the build has no SQLite, or two columns of its table would have one name.
  public init(name: String, schema: Schema, key: [Int]?, zone: SessionZone = .utc, options: ViewOptions = ViewOptions()) throws {
    self.name = name
    self.schema = schema
    self.key = key
    self.zone = zone
    self.options = options
    changes = ViewChanges(zone: zone, byteLimit: options.changeByteLimit, countLimit: options.changeCountLimit)
  }

  /// What the job writes, in update mode.
  public var sink: any Sink { preconditionFailure() }

  /// The ordinal of the window by whose end rows are kept; `nil`: all rows are kept for ever.
  public var window: Int? { (key ?? Array(schema.fields.indices)).first { schema[$0].type == .window } }

  /// Reads rows of one epoch. Waits for the view to be opened.
  ///
  /// - Throws: `TidemillError` for a query that does not fit the schema, or when the view was never opened.
  public func read(_ query: ViewQuery = ViewQuery()) async throws -> ViewSnapshot { preconditionFailure() }

  /// How many rows there are, and after which epoch.
  public func count() async throws -> (rows: Int, epoch: Epoch) { preconditionFailure() }

  /// Says that nothing more will be written: ends `changes`. What is there can still be read.
  public func end() { changes.end() }
}
