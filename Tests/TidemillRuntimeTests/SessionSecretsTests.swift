import Foundation
import Synchronization
import Testing
import Tidemill

/// Whatever a connector says, a session passes it on without credentials.
@Suite
struct SessionSecretsTests {
  /// Says its password wherever it can.
  private final class TalkativeSink: Sink {
    let description: String
    private let password: String
    private let failsAt: Moment
    private let report: @Sendable (String) -> Void

    init(_ context: SinkContext) throws {
      password = context.definition.options["password"]!
      description = "a target with \(password)"
      failsAt = Moment(rawValue: context.definition.options["fails"]!)!
      report = context.report
      try fail(.make)
    }

    private func fail(_ moment: Moment) throws {
      if moment == failsAt { throw TidemillError(.io, "\(password) is wrong", hint: "not \(password)") }
    }

    func open(_ shape: ResultShape, lastEpoch: Epoch) async throws { try fail(.open) }

    func write(_ batch: Batch, epoch: Epoch) async throws {
      report("waiting with \(password)")
      try fail(.write)
    }

    func close() async throws { try fail(.close) }
  }

  enum Moment: String, CaseIterable, Sendable {
    case make, open, write, close, never
  }

  @Test(arguments: Moment.allCases, ["canary-3f9a", "${env:TIDEMILL_TEST_CANARY}"])
  func nothingThatASinkSaysGivesItsPasswordAway(moment: Moment, password: String) async throws {
    setenv("TIDEMILL_TEST_CANARY", "canary-3f9a", 1)
    var registry = ConnectorRegistry.standard
    registry.add(sink: "talkative") { try TalkativeSink($0) }
    let session = Session(registry: registry)
    let clicks = session.memoryStream("clicks", schema: Schema(Field("user", .string)))
    clicks.push([[.string("ada")]])
    clicks.finish()
    let plan = try session.plan(
      """
      CREATE SINK out USING talkative OPTIONS (password '\(password)', fails '\(moment.rawValue)', mode 'append');
      INSERT INTO out SELECT user FROM clicks
      """)
    let said = Mutex<[String]>([])
    var options = StartOptions()
    options.trigger = .once
    options.onNotice = { text in said.withLock { $0.append(text) } }
    options.onProgress = { progress in said.withLock { $0.append(progress.json) } }
    do {
      try await session.start(plan, options) { _ in preconditionFailure("nothing is shown") }.awaitTermination()
      #expect(moment == .never)
    } catch {
      #expect("\(error)" == "… is wrong; not …")
    }
    let all = said.withLock { $0 }
    #expect(all.contains("waiting with …") == ![.make, .open].contains(moment))
    #expect(all.contains { $0.contains("a target with …") } == [.close, .never].contains(moment))
    #expect(!all.contains { $0.contains("canary") })
  }
}
