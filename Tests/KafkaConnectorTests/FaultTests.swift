#if Kafka && SQLite
  import Foundation
  import Testing

  /// A short turn of what `Scripts/faults` does at length.
  @Suite(.enabled(if: Broker.isInstalled, "the broker is missing: Scripts/broker installs it"), .timeLimit(.minutes(3)))
  struct FaultTests {
    @Test func killsAndFaultsLoseNothingAndDoubleNothing() async throws {
      let folder = try Folder()
      let outcome = try await folder.python(
        "Tests/Faults/campaign.py",
        [
          "--seed", "5", "--kills", "4", "--without-postgres", "--only", "broker_gone_at_start", "--only", "poisoned", "--only",
          "log_torn", "--only", "disk_full", "--only", "second_process",
        ])
      #expect(outcome.status == 0, "\(outcome.output)\(outcome.errors)")
      #expect(outcome.output.contains("product-hours agree to the last cent in SQLite, Kafka"))
      for fault in ["broker_gone_at_start", "poisoned", "log_torn", "disk_full", "second_process"] {
        #expect(outcome.output.contains("\(fault) ("), "\(fault) was not there")
      }
    }
  }
#endif
