import Tidemill

/// The examples by the names of their folders, each with its query as a Swift chain.
let examples: [(name: String, query: @Sendable (Session, String) -> DataFrame)] = [
  ("hourly-sales", hourlySales),
  ("logins", logins),
  ("average-order-value", averageOrderValue),
  ("top-products", topProducts),
  ("active-users", activeUsers),
  ("error-counts", errorCounts),
  ("user-sessions", userSessions),
  ("enriched-sales", enrichedSales),
]

/// `swift run ExampleQueries hourly-sales` prints the result of the Swift version over the example's data, and
/// `swift run ExampleQueries hourly-sales some/directory` goes over data of your own.
@main
struct ExampleQueries {
  static func main() async throws {
    let arguments = CommandLine.arguments.dropFirst()
    guard let name = arguments.first, let example = examples.first(where: { $0.name == name }) else {
      print("usage: swift run ExampleQueries <example> [data]; examples: \(examples.map(\.name).joined(separator: ", "))")
      return
    }
    let data = arguments.dropFirst().first ?? "Examples/\(name)/data"
    let query = try await example.query(Session(), data).writeStream
      .outputMode(.update).format("console").trigger(.once).start()
    try await query.awaitTermination()
  }
}
