import TidemillColumns

/// A column as it lies in a stage's output, with what is known of where its values come from.
struct PhysicalColumn {
  var name: String
  var type: DataType
  /// The stream's column that this is, unchanged.
  var streamOrdinal: Int?
  /// Whether it is the watermarked column, a window over it, or the time of such a window.
  var followsWatermark = false
  /// Whether it is a window of fixed length: then its start alone, or its end, tells which window it is.
  var isFixedWindow = false

  var field: Field { Field(name, type) }
}

/// A column as the query's text sees it: a name for a physical column.
struct VisibleColumn: Equatable {
  var name: String
  var ordinal: Int
  /// Of a join's columns the name of the side that they come from, empty if it has none.
  var qualifier: String?
  /// Whether it is there under its qualifier only, as the right side's column of a `USING` is.
  var isHidden = false
}

/// A `ROW_NUMBER()` that has been computed as far as its ordering, and waits for the filter that makes it a top-N.
struct PendingRank {
  /// The visible column that carries it.
  var name: String
  var partition: [Int]
  var order: [TopN.Order]
  var window: Int?
  var range: TextRange?
}

/// A step that keeps state, with where it stands in the text; what the output mode's rules are about.
struct StatefulStep {
  enum Kind {
    case aggregate(Aggregation)
    case deduplicate(withinWatermark: Bool)
    case topN(windowFollowsWatermark: Bool, hasWindow: Bool)
  }

  var kind: Kind
  var range: TextRange?
}

/// What a part of the logical plan came to: the stages so far and the columns that they give.
struct Relation {
  var stream: StreamDefinition
  /// The static table whose rows these are; then `stream` only stands for it.
  var table: TableDefinition?
  /// Where the stream or table is named in the text.
  var place: TextRange?
  /// The watermarked column's ordinal in the stream's schema.
  var eventTime: Int?
  var delay: TimeSpan?
  var stages: [Stage] = []
  var physical: [PhysicalColumn]
  var visible: [VisibleColumn]
  /// Names that may stand in front of a column's.
  var qualifiers: [String]
  /// Physical ordinals that identify a row; `nil` when nothing does.
  var key: [Int]?
  var isAggregated = false
  var steps: [StatefulStep] = []
  var rank: PendingRank?

  var scope: Scope {
    Scope(
      columns: visible.map {
        ScopeColumn(
          name: $0.name, ordinal: $0.ordinal, type: type(of: $0), qualifier: $0.qualifier, isHidden: $0.isHidden)
      }, qualifiers: qualifiers)
  }

  /// A row number's column is not there before its top-N is; its ordinal is the one that it will have.
  private func type(of column: VisibleColumn) -> DataType {
    column.ordinal < physical.count ? physical[column.ordinal].type : .bigint
  }

  /// Says that a row number waits in vain: only a filter may stand right above it.
  func checkNoRank() throws {
    guard let rank else { return }
    throw TidemillError(
      .unsupported, "ROW_NUMBER() of an unbounded stream is kept only as a top-N: it needs a filter right above it",
      hint: "add `QUALIFY \(rank.name) <= 3`, or `WHERE \(rank.name) <= 3` directly around the subquery", at: rank.range)
  }

  /// Whether an expression over the physical columns gives the watermarked event time, or a window over it.
  func followsWatermark(_ expression: TypedExpression) -> Bool {
    switch expression.kind {
    case .column(let ordinal): physical[ordinal].followsWatermark
    case .function(.windowTime, let arguments): followsWatermark(arguments[0])
    default: false
    }
  }

  /// The column that an expression gives under a new name, with what is still known of it.
  func column(named name: String, of expression: TypedExpression) -> PhysicalColumn {
    var column = PhysicalColumn(name: name, type: expression.type, followsWatermark: followsWatermark(expression))
    if case .column(let ordinal) = expression.kind {
      column.streamOrdinal = physical[ordinal].streamOrdinal
      column.isFixedWindow = physical[ordinal].isFixedWindow
    }
    return column
  }

  /// Whether an expression tells apart what the column at `ordinal` tells apart.
  func identifies(_ expression: TypedExpression, column ordinal: Int) -> Bool {
    switch expression.kind {
    case .column(ordinal): true
    case .function(.windowStart, let arguments), .function(.windowEnd, let arguments):
      arguments[0].kind == .column(ordinal) && physical[ordinal].isFixedWindow
    default: false
    }
  }
}
