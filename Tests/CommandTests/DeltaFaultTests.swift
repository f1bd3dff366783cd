#if Lake
  import Foundation
  import LakeTesting
  import Testing

  /// Short turns of Tests/Faults/Lake: real processes, killed at the steps of their commits, over tables that others read and change.
  @Suite(.enabled(if: Judges.areInstalled, "Scripts/lake installs the readers"), .serialized)
  struct DeltaFaultTests {
    private func campaign(_ faults: [String], kills: Int, seed: Int, on server: ObjectServer? = nil) async throws {
      let place = try Workplace()
      let script = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .appendingPathComponent("Faults/Lake/campaign.py").path
      var arguments = faults.map { "--only \($0)" }
      if let server {
        arguments.append("--endpoint \(server.endpoint) --access-key '\(ObjectServer.accessKey)'")
        arguments.append("--secret-key '\(ObjectServer.secretKey)'")
      }
      let outcome = try await Program.shell(
        """
        PYTHONDONTWRITEBYTECODE=1 exec '\(try #require(Judges.interpreter))' '\(script)' --tidemill "$TIDEMILL" \
          --kills \(kills) --seed \(seed) \(arguments.joined(separator: " "))
        """, in: place)
      #expect(outcome.status == 0, "\(outcome.output)\(outcome.errors)")
      #expect(outcome.lines.count == faults.count)
      for fault in faults { #expect(outcome.output.contains("\(fault) ("), "\(fault) was not there") }
    }

    @Test func killedAtStepsOfItsCommitsNothingIsLostOrDoubledOrHalf() async throws {
      try await campaign(["killed_at_a_step"], kills: 8, seed: 3)
    }

    @Test func otherWritersAreNeitherOverwrittenNorInTheWay() async throws {
      try await campaign(["two_jobs_of_one_name", "two_jobs_of_two_names", "changed_by_others"], kills: 2, seed: 4)
    }

    @Test func aStoreInTroubleAndKillsBetweenRequestsLoseNothing() async throws {
      try await campaign(
        ["killed_at_a_request", "store_in_trouble"], kills: 2, seed: 5, on: try await ObjectServer.shared)
    }
  }
#endif
