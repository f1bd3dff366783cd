#if Server
  import Foundation
  import ProcessTesting
  import Synchronization
  import Testing
  import Tidemill

  @testable import TidemillServer

  /// Requests of all kinds, by schemathesis, which `Scripts/fuzzer` installs: made from the interface's own description, right ones and
  /// wrong ones, single ones and chains. What comes back must be what the description says, and never a failure of the server.
  @Suite struct FuzzingTests {
    private static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent().path
    private static let program = root + "/.build/fuzzer/python/bin/schemathesis"
    private static var isInstalled: Bool { FileManager.default.fileExists(atPath: root + "/.build/fuzzer/packages") }

    @Test(.enabled(if: isInstalled, "Scripts/fuzzer has not been run")) func theInterfaceIsWhatItsDescriptionSays() async throws
    {
      var options = Shop.writable
      options.token = try AccessToken("0123456789abcdef", from: "a test")
      try await Shop.listening(options) { visitor, shop in
        try await shop.sell(Shop.sale("tea", 7), Shop.sale("jam", 20))
        let folder = NSTemporaryDirectory() + "tidemill-fuzzing-" + UUID().uuidString
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let run = try await RunningProgram.run(
          Self.program,
          [
            "run", visitor.address + "/openapi.json", "--no-color", "--seed", "1", "--max-examples", "25",
            "--generation-database", "none", "--continue-on-failure", "--request-timeout", "30", "-H",
            "Authorization: Bearer 0123456789abcdef",
            // Followed to its end it would never end; stopped queries take no more requests. Both have tests of their own.
            "--exclude-path", "/v1/views/{name}/changes", "--exclude-path", "/v1/queries/{id}/stop",
            // A query's text, and names of columns, are right or wrong for reasons that a description cannot tell.
            "--exclude-checks", "positive_data_acceptance",
          ], in: folder,
          environment: [
            "SCHEMATHESIS_HOOKS": "hooks", "PYTHONPATH": Self.root + "/Tests/TidemillServerTests/Fuzzing",
            "PYTHONDONTWRITEBYTECODE": "1",
          ])
        let report = run.output + run.errors
        #expect(run.status == 0, "\(report)")
        // As long as it has tried what there is.
        #expect(report.contains(" passed"), "\(report)")
        #expect(!report.contains("errored"), "\(report)")
      }
    }
  }
#endif
