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
  #if SQLite
    private let access = ViewAccess()
  #endif
  /// What the job writes, in update mode.
  public let sink: any Sink

  /// A view that nothing has been written to in this process. Its database is opened when its job opens `sink`.
  ///
  /// - Throws: `TidemillError` when the build has no SQLite, or two columns of its table would have one name.
  public init(name: String, schema: Schema, key: [Int]?, zone: SessionZone = .utc, options: ViewOptions = ViewOptions()) throws
  {
    if schema.fields.contains(where: { $0.name.lowercased() == "_op" }) {
      throw TidemillError(
        .invalidQuery, "view \(name) has a column _op, which tells followers of rows that are gone",
        hint: "give the column another name with AS")
    }
    self.name = name
    self.schema = schema
    self.key = key
    self.zone = zone
    self.options = options
    changes = ViewChanges(zone: zone, byteLimit: options.changeByteLimit, countLimit: options.changeCountLimit)
    window = (key ?? Array(schema.fields.indices)).first { schema[$0].type == .window }
    #if SQLite
      sink = ViewSink(
        name: name, schema: schema, key: key, window: window, options: options, access: access, changes: changes)
    #else
      throw TidemillError(
        .unsupported, "view \(name): this build of tidemill has no materialized views",
        hint: "they come with the package trait SQLite: make build and swift build --enable-all-traits take all traits")
    #endif
  }

  /// The ordinal of the window by whose end old rows go; `nil`: all rows stay.
  public let window: Int?

  /// Reads rows of one epoch. Waits for the job to open the view.
  ///
  /// Filters on the key's first columns and on ends of windows, and orders by starts or ends of windows, use indexes; others go
  /// through all rows, of which no more are held than are asked for.
  ///
  /// - Throws: `TidemillError` for a query that does not fit the schema, or when the job ended before it opened the view.
  public func read(_ query: ViewQuery = ViewQuery()) async throws -> ViewSnapshot {
    try await read([ViewPart(query: query, columns: Array(schema.fields.indices))], byteLimit: nil)[0]
  }

  /// The same, of about `byteLimit` bytes at most.
  package func read(_ query: ViewQuery, byteLimit: Int) async throws -> ViewSnapshot {
    try await read([ViewPart(query: query, columns: Array(schema.fields.indices))], byteLimit: byteLimit)[0]
  }

  /// The same several times, all of one epoch, and with some of the columns only.
  ///
  /// - Parameter byteLimit: about how many bytes the rows of each part may take; `nil`: any.
  /// - Throws: `TidemillError.outOfMemory` when they would take more.
  package func read(_ parts: [ViewPart], byteLimit: Int?) async throws -> [ViewSnapshot] {
    #if SQLite
      try await access.opened().read(parts, byteLimit: byteLimit)
    #else
      preconditionFailure("a build without SQLite has no views")
    #endif
  }

  /// How many rows there are, and after which epoch.
  ///
  /// - Complexity: O(rows), once for all who ask meanwhile.
  public func count() async throws -> (rows: Int, epoch: Epoch) {
    #if SQLite
      try await access.opened().count()
    #else
      preconditionFailure("a build without SQLite has no views")
    #endif
  }

  /// Says that nothing more will be written: ends `changes`. What is there can still be read.
  public func end() {
    #if SQLite
      access.fail(
        TidemillError(.io, "view \(name) was never opened: its job had ended before", hint: "see what the job ended with"))
    #endif
    changes.end()
  }

  #if SQLite
    /// How SQLite goes about a query, for tests.
    func steps(of query: ViewQuery) async throws -> [String] { try await access.opened().steps(of: query) }

    /// Where its database is, for tests.
    func path() async throws -> String { try await access.opened().path }

    /// What SQLite calls `synchronous`: 2 when each transaction is durable.
    func synchronous() async throws -> Int? { try await access.opened().synchronous() }
  #endif
}
