import Foundation
import Testing

/// Credentials in options come out nowhere, however a run goes. The canary stands for one; in every script it is in some option.
@Suite
struct SecretsTests {
  private static let canary = "canary-7c1d04e6"

  /// Ways in which an option gets its value.
  enum Place: String, CaseIterable, Sendable {
    case literal, environment, file

    var reference: String {
      switch self {
      case .literal: SecretsTests.canary
      case .environment: "${env:TIDEMILL_CANARY}"
      case .file: "${file:canary.txt}"
      }
    }
  }

  struct Story: Sendable, CustomTestStringConvertible {
    var name: String
    /// `@` stands for the canary or a reference to it.
    var script: String
    var status: Int32
    /// What standard error must say, so that the run is known to have come so far.
    var says: String
    /// Whether the canary itself may stand there only as a reference: where a literal is no secret by its name.
    var onlyReferences = false

    var testDescription: String { name }
  }

  private static let query = "SELECT product_id, SUM(sales_amount) AS total FROM sales GROUP BY product_id"

  private static func sink(_ options: String, _ more: String = "") -> String {
    Sales.stream + more + "CREATE SINK out USING http OPTIONS (\(options));\nINSERT INTO out \(query);\n"
  }

  #if HTTP
    private static let ofHTTP: [Story] = [
      Story(
        name: "a server that is not there",
        script: sink("url 'http://127.0.0.1:1/@', header.authorization 'Bearer @', retry.limit 'off'"), status: 1,
        says: "cannot be reached"),
      Story(
        name: "an option of a wrong form", script: sink("url 'http://127.0.0.1:1', timeout '@'"), status: 2,
        says: "option timeout is '…'", onlyReferences: true),
      Story(
        name: "a password in the address", script: sink("url 'https://me:@@127.0.0.1:1/x'"), status: 2,
        says: "holds a user or a password"),
      Story(
        name: "an option that there is not", script: sink("url 'http://127.0.0.1:1', password '@'"), status: 2,
        says: "has no option password"),
      Story(
        name: "a header with a line end", script: sink("url 'http://127.0.0.1:1', 'header.x-key' '@\\n'"), status: 2,
        says: "holds a character that a header cannot"),
    ]
  #else
    private static let ofHTTP: [Story] = []
  #endif

  static let stories: [Story] =
    ofHTTP + [
      Story(
        name: "a sink that takes no password",
        script: Sales.stream + "CREATE SINK out USING json OPTIONS (path 'out', password '@');\nINSERT INTO out \(query);\n",
        status: 2, says: "has no option password"),
      Story(
        name: "a missing comma", script: sink("url 'http://127.0.0.1:1' header.authorization 'Bearer @'"), status: 2,
        says: "header.authorization '**"),
      Story(
        name: "a mistake on the same line",
        script: sink("url 'http://127.0.0.1:1', token '@', token 'again @'"), status: 2, says: "is given twice"),
      Story(
        name: "another reference that stands for nothing",
        script: Sales.stream
          + "CREATE SINK out USING json OPTIONS (path 'out', password '@', secret '@${env:TIDEMILL_NOTHING}');\n"
          + "INSERT INTO out \(query);\n", status: 2, says: "the environment has no TIDEMILL_NOTHING"),
      Story(
        name: "a reference of no kind",
        script: Sales.stream
          + "CREATE SINK out USING json OPTIONS (path 'out', password '@${@}');\nINSERT INTO out \(query);\n",
        status: 2, says: "is no reference"),
      Story(
        name: "a credential as a setting", script: "SET api.token = '@';\n" + Sales.hourly, status: 2,
        says: "there is no setting 'api.token'"),
      Story(
        name: "a credential without quotes", script: sink("url 'x', password @"), status: 2, says: ""),
      Story(
        name: "an explanation", script: sink("url 'x', header.cookie '@'").replacing("INSERT", with: "EXPLAIN INSERT"),
        status: 0, says: ""),
      Story(
        name: "a run that goes well",
        script: """
          CREATE STREAM sales (product_id STRING, sales_amount INT) USING csv OPTIONS (path 'table', nullvalue '@');
          CREATE SINK out USING json OPTIONS (path 'out');
          INSERT INTO out \(query);
          """, status: 0, says: "rows in", onlyReferences: true),
    ]

  @Test(arguments: stories, Place.allCases)
  func aCredentialComesOutNowhere(story: Story, place: Place) async throws {
    if story.onlyReferences, place == .literal { return }
    let work = try Sales.workplace()
    try work.write("canary.txt", Self.canary + "\n")
    try work.write("table/1.csv", "tea,3\ncake,4\n")
    try work.write(
      "script.sql",
      story.script.replacing("@@", with: place.reference + "\u{0}").replacing("@", with: place.reference)
        .replacing("\u{0}", with: "@"))
    let outcome = try await Program.run(
      ["run", "script.sql", "--once", "--checkpoint", "state", "--progress", "progress.json", "--stats"], in: work,
      environment: ["TIDEMILL_CANARY": Self.canary])
    #expect(outcome.status == story.status, "\(outcome.errors)")
    #expect(story.says.isEmpty || outcome.errors.contains(story.says), "\(outcome.errors)")
    // Nor a part of it.
    #expect(!outcome.errors.contains("7c1d04e6"), "\(outcome.errors)")
    #expect(!outcome.output.contains(Self.canary), "\(outcome.output)")
    #expect(!outcome.errors.contains(Self.canary), "\(outcome.errors)")
    for directory in ["state", "out", "progress.json"] {
      for (name, bytes) in try Self.files(work, directory) {
        #expect(bytes.range(of: Data(Self.canary.utf8)) == nil, "\(name)")
      }
    }
  }

  private static func files(_ work: Workplace, _ name: String) throws -> [(String, Data)] {
    var isDirectory: ObjCBool = false
    guard FileManager.default.fileExists(atPath: work(name), isDirectory: &isDirectory) else { return [] }
    let names =
      isDirectory.boolValue ? try FileManager.default.subpathsOfDirectory(atPath: work(name)).map { name + "/" + $0 } : [name]
    return names.compactMap { name in FileManager.default.contents(atPath: work(name)).map { (name, $0) } }
  }

  @Test func streamsAreShownWithoutTheirCredentials() async throws {
    let work = try Sales.workplace()
    let outcome = try await Program.run(
      [
        "sql", "--schema",
        """
        CREATE STREAM sales USING json OPTIONS (
          path 'sales', password '\(Self.canary)', token '${env:TIDEMILL_CANARY}', url 'https://me:\(Self.canary)@host');
        SELECT * FROM sales
        """,
      ], in: work, environment: ["TIDEMILL_CANARY": Self.canary])
    #expect(outcome.status == 0, "\(outcome.errors)")
    #expect(
      outcome.output.contains("OPTIONS (password '…', path 'sales', token '${env:TIDEMILL_CANARY}', url 'https://…@host')"))
    #expect(!outcome.output.contains(Self.canary))
  }
}
