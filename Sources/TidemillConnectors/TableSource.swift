import TidemillColumns
import TidemillPlan

/// What a table looked like when someone looked: equal versions mean equal rows.
public struct TableVersion: Hashable, Sendable {
  /// In the source's own encoding: names, sizes and times of files, or a number of a log.
  public var bytes: [UInt8]
  /// For people, in progress: `version 12`, `3 files`.
  public var text: String

  /// A version as the source tells it apart.
  public init(_ bytes: [UInt8], text: String) {
    self.bytes = bytes
    self.text = text
  }
}

/// The columns of a table that was declared without any.
public struct LearntColumns: Sendable {
  /// The columns that are there.
  public var schema: Schema
  /// Options that go with them, such as whether there is a header: those of the declaration win over them.
  public var options: [String: String]

  public init(_ schema: Schema, options: [String: String] = [:]) {
    self.schema = schema
    self.options = options
  }
}

/// Where the rows of a static table come from.
///
/// A job reads a table whole when it starts, and again, between two epochs, when `version` has changed. What it read is kept with
/// the checkpoint: nobody has to be able to give an old version again.
///
/// All functions are called one at a time, on a thread on which they may block.
public protocol TableSource: AnyObject, Sendable {
  /// What and where, for progress: `csv files in products`.
  var description: String { get }

  /// The columns that are there, for a table that is declared without any. Called before anything else, if at all.
  ///
  /// - Throws: when there is nothing to learn them from.
  func columns() throws -> LearntColumns

  /// What is there now. It is asked about once a second while rows flow, and should cost no more than a listing.
  func version() throws -> TableVersion

  /// Reads all rows of `version`, which `version()` gave a moment ago, in any order.
  ///
  /// A row that is no row of the table is an error: nobody could tell it from one that is not there.
  ///
  /// - Parameters:
  ///   - columns: what is needed of the table's columns, by name, path and type, in the order in which batches have them; it may
  ///     be none of them.
  ///   - take: gets the rows, a batch at a time, about 64 Ki rows or a megabyte each. It throws when there are too many, and that
  ///     ends the reading.
  /// - Throws: `TableChanged` when `version` is no longer there: then `version()` is asked again; `TidemillError` for all else.
  func read(_ version: TableVersion, columns: Schema, _ take: (Batch) throws -> Void) throws
}

/// The version of a table that was asked for is no longer there.
public struct TableChanged: Error, Hashable, Sendable {
  public init() {}
}

/// What a connector gets to make the source of a table.
public struct TableContext: Sendable {
  /// The table as it was declared; its options are resolved. Its schema is empty as long as `columns()` has not been asked.
  public var definition: TableDefinition
  /// The zone of times without an offset.
  public var zone: SessionZone
  /// Tells the user at once what holds the table up, in one line.
  public var report: @Sendable (String) -> Void

  public init(
    definition: TableDefinition, zone: SessionZone = .utc, report: @escaping @Sendable (String) -> Void = { _ in }
  ) {
    self.definition = definition
    self.zone = zone
    self.report = report
  }
}
