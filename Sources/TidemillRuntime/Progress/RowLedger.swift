import TidemillColumns
import TidemillConnectors
import TidemillEngine

/// Counts that must balance: rows in = rejected + duplicate + filtered + late + aggregated.
public struct RowLedger: Hashable, Sendable {
  /// All rows that were read.
  public var rowsIn = 0
  /// Rows that could not be accepted.
  public var rejected = 0
  /// Rows that repeated an earlier one.
  public var duplicate = 0
  /// Rows that a condition refused, or without a time for their window.
  public var filtered = 0
  /// Rows late for all of their windows.
  public var late = 0
  /// Rows that count in the result.
  public var aggregated = 0

  /// The ledger of no rows.
  public init() {}

  init(_ ledger: Ledger, rejected: Int) {
    rowsIn = ledger.rows + rejected
    self.rejected = rejected
    duplicate = ledger.duplicate
    filtered = ledger.filtered
    late = ledger.late
    aggregated = ledger.aggregated
  }

  /// Whether every row is accounted for.
  public var isBalanced: Bool { rowsIn == rejected + duplicate + filtered + late + aggregated }

  /// Adds the counts of another ledger.
  public static func += (left: inout RowLedger, right: RowLedger) {
    left.rowsIn += right.rowsIn
    left.rejected += right.rejected
    left.duplicate += right.duplicate
    left.filtered += right.filtered
    left.late += right.late
    left.aggregated += right.aggregated
  }

  func write(to writer: inout ByteWriter) {
    for count in [rowsIn, rejected, duplicate, filtered, late, aggregated] { writer.write(varint: count) }
  }

  init(reading reader: inout ByteReader) throws {
    rowsIn = try reader.readVarint()
    rejected = try reader.readVarint()
    duplicate = try reader.readVarint()
    filtered = try reader.readVarint()
    late = try reader.readVarint()
    aggregated = try reader.readVarint()
  }
}
