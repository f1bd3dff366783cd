#if Server
  import CertificateTesting
  import Foundation
  import ProcessTesting
  import Testing

  /// `tidemill serve` as users run it, asked by curl.
  @Suite struct ServeCommandTests {
    private static let view = Sales.stream + "CREATE MATERIALIZED VIEW hourly AS " + Sales.query + ";\n"

    /// Starts a server on a free port, and returns when it says where it listens.
    private func serving(
      _ place: Workplace, _ arguments: [String] = [], script: String = view, command: [String] = ["serve"],
      environment: [String: String] = [:]
    ) async throws -> (child: RunningProgram, address: String) {
      try place.write("q.sql", script)
      let child = try Program.start(
        [command[0], "q.sql"] + command.dropFirst() + ["--listen", "127.0.0.1:0"] + arguments, in: place,
        environment: environment)
      try await eventually("the server to listen") { !child.isRunning || child.errors.contains("serving http") }
      let line = child.errors.split(separator: "\n").first { $0.hasPrefix("serving http") } ?? "serving nothing/"
      return (child, String(line.dropFirst("serving ".count).dropLast()))
    }

    /// What curl prints, and the status behind it.
    private func curl(_ place: Workplace, _ arguments: String) async throws -> String {
      try await Program.shell("curl -sS -w ' %{http_code}' \(arguments)", in: place).output
    }

    private func rows(_ place: Workplace, _ address: String, count: Int) async throws -> String {
      var text = ""
      for _ in 0..<2000 {
        text = try await curl(place, "'\(address)/v1/views/hourly?order=hour_window.start,product_id'")
        if text.components(separatedBy: "product_id").count > count { break }
      }
      return text
    }

    @Test func itServesUntilControlC() async throws {
      let place = try Sales.workplace()
      let (child, address) = try await serving(place, ["--quiet", "--checkpoint", "state"])
      let text = try await rows(place, address, count: 4)
      #expect(text.contains("\"rows\":[" + Sales.totals.joined(separator: ",") + "]}"))
      #expect(try await curl(place, "\(address)/readyz").hasSuffix(" 200"))
      #expect(try await curl(place, "\(address)/").contains("<title>"))
      #expect(try await curl(place, "-X POST \(address)/v1/queries/hourly/stop").hasSuffix(" 403"))
      child.signal(2)
      let outcome = try await child.outcome()
      #expect(outcome.status == 0)
      #expect(
        outcome.errors
          == "serving \(address)/\nstopped after epoch 1; the same command with --checkpoint state goes on from there\n")
      // The view is where it was.
      let (again, other) = try await serving(place, ["--quiet", "--checkpoint", "state"])
      #expect(try await rows(place, other, count: 4).contains(Sales.totals[0]))
      again.signal(15)
      #expect(try await again.outcome().status == 0)
    }

    @Test func itGoesOnWhenTheInputHasEndedAndWhenTheQueriesHaveFailed() async throws {
      let place = try Sales.workplace()
      let (child, address) = try await serving(place, ["--quiet", "--once"])
      #expect(try await rows(place, address, count: 4).contains(Sales.totals[3]))
      var state = ""
      while !state.contains(#"{"state":"stopped""#), child.isRunning { state = try await curl(place, "\(address)/v1/queries") }
      #expect(try await rows(place, address, count: 4).contains(Sales.totals[3]))
      #expect(try await curl(place, "-N \(address)/v1/views/hourly/changes").contains("event: end"))
      child.signal(2)
      #expect(try await child.outcome().status == 0)

      try place.write("out", "a file, where the sink wants a directory")
      let (failing, there) = try await serving(
        place, ["--quiet"],
        script: Self.view
          + "CREATE SINK out USING json OPTIONS (path 'out/x');\nINSERT INTO out SELECT product_id FROM sales;\n")
      if failing.isRunning {
        state = ""
        while !state.contains(#"{"state":"failed""#), failing.isRunning { state = try await curl(place, "\(there)/v1/queries") }
        #expect(try await curl(place, "\(there)/readyz").hasSuffix(" 503"))
        failing.signal(2)
      }
      #expect(try await failing.outcome().status == 1)
    }

    @Test func runServesAsLongAsItRuns() async throws {
      let place = try Sales.workplace()
      let (child, address) = try await serving(place, ["--quiet"], command: ["run", "--serve"])
      #expect(try await rows(place, address, count: 4).contains(Sales.totals[0]))
      child.signal(2)
      #expect(try await child.outcome().status == 0)
      let once = try await Program.run(["run", "q.sql", "--serve", "--listen", "127.0.0.1:0", "--once", "--quiet"], in: place)
      #expect(once.status == 0 && once.errors.hasPrefix("serving http://127.0.0.1:"))
      let without = try await Program.run(["run", "q.sql", "--listen", "127.0.0.1:0"], in: place)
      #expect(without.status == 2 && without.errors.contains("need --serve"))
    }

    @Test func aTokenComesFromAFileOrTheEnvironmentAndIsNeverPrinted() async throws {
      let place = try Sales.workplace()
      let token = "correct-horse-battery"
      try place.write("token", token + "\n")
      for (arguments, environment) in [(["--token-file", "token"], [:]), ([], ["TIDEMILL_TOKEN": token])] {
        let (child, address) = try await serving(place, arguments, environment: environment)
        #expect(try await curl(place, "\(address)/v1/queries").hasSuffix(" 401"))
        #expect(try await curl(place, "-H 'Authorization: Bearer wrong-\(token)' \(address)/v1/queries").hasSuffix(" 401"))
        #expect(try await curl(place, "-H 'Authorization: Bearer \(token)' \(address)/v1/queries").hasSuffix(" 200"))
        child.signal(2)
        let outcome = try await child.outcome()
        #expect(outcome.status == 0 && !outcome.errors.contains(token) && !outcome.output.contains(token))
      }
    }

    @Test func itListensWiderOnlyWithATokenOrWhenToldTwice() async throws {
      let place = try Sales.workplace()
      try place.write("q.sql", Self.view)
      try place.write("token", "short")
      for (arguments, hint) in [
        (["--listen", "0.0.0.0:0"], "give --no-token twice"),
        (["--listen", "0.0.0.0:0", "--no-token"], "give --no-token twice"),
        (["--listen", "nonsense"], "--listen cannot be 'nonsense'"), (["--token-file", "token"], "at least 16"),
        (["--tls-cert", "token"], "go together"),
        (["--tls-cert", "token", "--tls-key", "token"], "no certificates can be read"),
      ] {
        let refused = try await Program.run(["serve", "q.sql", "--quiet"] + arguments, in: place)
        #expect(refused.status == 2 && refused.errors.contains(hint), "\(refused.errors)")
      }
    }

    @Test func aScriptWithoutQueriesIsAnError() async throws {
      let place = try Sales.workplace()
      try place.write("q.sql", "CREATE STREAM clicks (page STRING) USING http;")
      let refused = try await Program.run(["serve", "q.sql", "--listen", "127.0.0.1:0"], in: place)
      #expect(refused.status == 2 && refused.errors.contains("nothing to run"), "\(refused.errors)")
    }

    @Test func aTakenPortIsNamed() async throws {
      let place = try Sales.workplace()
      let (child, address) = try await serving(place)
      let port = address.split(separator: ":").last!
      let second = try await Program.run(["serve", "q.sql", "--listen", "127.0.0.1:\(port)"], in: place)
      #expect(second.status == 1 && second.errors.contains("cannot listen on 127.0.0.1:\(port)"), "\(second.errors)")
      child.signal(2)
      #expect(try await child.outcome().status == 0)
    }

    @Test func itSpeaksTLS() async throws {
      let place = try Sales.workplace()
      try place.write("cert.pem", TestCertificate.certificate + "\n")
      try place.write("key.pem", TestCertificate.key + "\n")
      let (child, address) = try await serving(place, ["--tls-cert", "cert.pem", "--tls-key", "key.pem"])
      #expect(address.hasPrefix("https://127.0.0.1:"))
      #expect(try await curl(place, "--cacert cert.pem \(address)/healthz") == #"{"status":"ok"} 200"#)
      #expect(try await curl(place, "--cacert cert.pem --tls-max 1.1 \(address)/healthz").hasSuffix(" 000"))
      child.signal(2)
      #expect(try await child.outcome().status == 0)
    }

    @Test func aCheckpointInUseEndsItAsItEndsARun() async throws {
      let place = try Sales.workplace()
      let (child, _) = try await serving(place, ["--checkpoint", "state"])
      try await eventually("the checkpoint") { !place.names("state").isEmpty }
      let second = try await Program.run(
        ["serve", "q.sql", "--quiet", "--listen", "127.0.0.1:0", "--checkpoint", "state"], in: place)
      #expect(second.status == 3 && second.errors.contains("is in use by process \(child.identifier)"), "\(second.errors)")
      child.signal(2)
      #expect(try await child.outcome().status == 0)
    }
  }
#endif
