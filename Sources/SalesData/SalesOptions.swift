import TidemillColumns

/// What the generated sales are like.
package struct SalesOptions: Sendable {
  /// How a row is written.
  package enum Shape: Sendable {
    /// A JSON object with the four fields, always in the same order.
    case json
    /// A line of CSV under a header with the four names.
    case csv
    /// JSON as applications of several versions write it: keys in any order, more fields, objects and arrays within, escapes in
    /// strings, and sometimes no product or no amount.
    case varied

    /// No line of this shape is longer, its line end included.
    package var longestLine: Int { self == .varied ? 320 : 160 }

    /// What a file of this shape begins with.
    package var header: StaticString { self == .csv ? "product_id,sales_amount,event_time,region\n" : "" }
  }

  package var rows: Int
  package var products: Int
  package var isUniform: Bool
  package var start: EventTime
  package var span: TimeSpan
  package var lateShare: Double
  package var malformedShare: Double
  package var seed: UInt64
  package var shape: Shape

  package init(
    rows: Int, products: Int = 1000, isUniform: Bool = false, start: EventTime, span: TimeSpan = .hours(24),
    lateShare: Double = 0, malformedShare: Double = 0, seed: UInt64 = 1, shape: Shape = .json
  ) {
    self.rows = rows
    self.products = products
    self.isUniform = isUniform
    self.start = start
    self.span = span
    self.lateShare = lateShare
    self.malformedShare = malformedShare
    self.seed = seed
    self.shape = shape
  }
}
