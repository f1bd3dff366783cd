#if Kafka && SQLite
  import Foundation
  import Testing

  /// Examples/ecommerce agrees with the shop's own account, which is written in another language and shares no code.
  @Suite(.enabled(if: Broker.isInstalled, "the broker is missing: Scripts/broker installs it"))
  struct ShopTests {
    @Test func theShopsTotalsAgreeToTheLastCentThoughItIsKilledInTheMiddle() async throws {
      let folder = try Folder()
      let outcome = try await folder.python(
        "Examples/ecommerce/demo.py",
        ["--directory", folder.path + "/demo", "--rows", "6000", "--seconds", "1", "--seed", "11"])
      #expect(outcome.status == 0, "\(outcome.errors)")
      #expect(outcome.output.contains("kill -9"))
      #expect(outcome.output.contains("They agree to the last cent."))
    }
  }
#endif
