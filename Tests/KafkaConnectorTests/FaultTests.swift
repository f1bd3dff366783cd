#if Kafka && SQLite
  import Foundation
  import Testing

  /// A short turn of what `Scripts/faults` does at length.
  @Suite(
    .enabled(if: Broker.isInstalled, "the broker is missing: Scripts/broker installs it"),
    .serialized)
  struct FaultTests {
    private func campaign(_ faults: [String], seed: Int, kills: Int, _ more: [String] = []) async throws {
      let folder = try Folder()
      let outcome = try await folder.python(
        "Tests/Faults/campaign.py",
        ["--seed", "\(seed)", "--kills", "\(kills)", "--rate", "500"] + faults.flatMap { ["--only", $0] } + more)
      #expect(outcome.status == 0, "\(outcome.output)\(outcome.errors)")
      #expect(outcome.output.contains("product-hours agree to the last cent in SQLite, Kafka"))
      for fault in faults {
        #expect(outcome.output.contains("\(fault) ("), "\(fault) was not there")
      }
    }

    @Test func killsAndFaultsOfTheMachineLoseNothingAndDoubleNothing() async throws {
      try await campaign(["poisoned", "log_torn", "disk_full", "second_process"], seed: 5, kills: 5, ["--without-postgres"])
    }

    @Test func aBrokerThatIsGoneAndKillsLoseNothingAndDoubleNothing() async throws {
      try await campaign(["broker_gone_at_start"], seed: 6, kills: 3, ["--without-postgres"])
    }

    @Test func aDatabaseThatIsGoneAndKillsLoseNothingAndDoubleNothing() async throws {
      try await campaign(["postgres_gone_at_start"], seed: 7, kills: 3)
    }
  }
#endif
