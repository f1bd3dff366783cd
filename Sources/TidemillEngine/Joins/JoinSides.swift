import TidemillColumns
import TidemillPlan

/// The static tables of a query, as its joins look things up in them. Nothing changes once they are made: an epoch has one set of
/// them, whatever becomes of the tables meanwhile.
public final class JoinSides: Sendable {
  /// One for each join of the plan, in order.
  let tables: [JoinTable]

  init(_ tables: [JoinTable]) { self.tables = tables }

  /// Of a query without joins.
  public static let none = JoinSides([])

  /// Bytes of memory besides the tables' own rows.
  public var memoryUsed: Int { tables.reduce(0) { $0 + $1.memoryUsed } }
}

extension QueryPipeline {
  /// Prepares tables for the joins of this query.
  ///
  /// - Parameters:
  ///   - tables: all rows of each table that the query joins, by its name, with the columns that are read among theirs.
  ///   - old: the sides until now, which stay for tables that `changed` does not name.
  /// - Complexity: O(rows of the changed tables) expected.
  public func sides(
    of tables: [String: Batch], from old: JoinSides? = nil, changed: Set<String> = []
  ) -> JoinSides {
    let joins = plan.joins
    if joins.isEmpty { return .none }
    return JoinSides(
      joins.enumerated().map { number, join in
        let name = join.side.table.name
        if let old, !changed.contains(name) { return old.tables[number] }
        guard let rows = tables[name] else { preconditionFailure("a query joins table \(name), which nobody has read") }
        return JoinTable(join, rows, evaluator, byteLimit: settings.limits.joinedBytes)
      })
  }
}
