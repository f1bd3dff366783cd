#if Lake
  import Foundation
  import LakeTesting
  import Testing

  /// Examples/lake agrees with the shop's own account, as deltalake and DuckDB read its tables.
  @Suite(.enabled(if: Judges.areInstalled, "Scripts/lake installs the readers")) struct LakeDemoTests {
    @Test func theTablesAgreeToTheLastCentThoughTheJobIsKilledInTheMiddle() async throws {
      let place = try Workplace()
      let demo = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().appendingPathComponent("Examples/lake/demo.py").path
      let outcome = try await Program.shell(
        """
        PYTHONDONTWRITEBYTECODE=1 exec '\(try #require(Judges.interpreter))' '\(demo)' --tidemill "$TIDEMILL" \
          --directory demo --rows 4000 --seconds 2 --seed 11
        """, in: place)
      #expect(outcome.status == 0, "\(outcome.output)\(outcome.errors)")
      #expect(outcome.output.contains("kill -9"))
      #expect(outcome.output.contains("They agree to the last cent."))
    }
  }
#endif
