import Foundation
import ReferenceEngine
import Testing
import TidemillColumns
import TidemillPlan
import TidemillTesting

/// The queries in `Queries/`, one file a rule. `TIDEMILL_UPDATE_GOLDEN=1` writes what comes out into the files.
@Suite struct GoldenStreamTests {
  static let files: [String] = {
    let root = Bundle.module.resourceURL!.appendingPathComponent("Queries")
    let found = FileManager.default.enumerator(atPath: root.path)?.compactMap { $0 as? String } ?? []
    return found.filter { $0.hasSuffix(".test") }.sorted()
  }()

  private static func text(of file: String) throws -> String {
    let root = Bundle.module.resourceURL!.appendingPathComponent("Queries")
    return try String(contentsOf: root.appendingPathComponent(file), encoding: .utf8)
  }

  @Test func thereAreGoldenStreams() { #expect(Self.files.count >= 40) }

  @Test(arguments: files)
  func goldenStreamGivesWhatItSays(file: String) throws {
    let stream = try GoldenStream(try Self.text(of: file), name: file)
    if ProcessInfo.processInfo.environment["TIDEMILL_UPDATE_GOLDEN"] == "1" {
      let source = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("Queries/\(file)")
      try Data(stream.updated().utf8).write(to: source)
      return
    }
    for problem in stream.run() { Issue.record("\(problem)") }
  }

  @Test(arguments: files)
  func dataFrameFaceGivesTheSame(file: String) throws {
    var isRebuilt = false
    let stream = try GoldenStream(try Self.text(of: file), name: file) { plan in
      guard let frame = DataFrameFace.rebuild(plan) else { return plan }
      isRebuilt = true
      return frame.plan
    }
    guard isRebuilt else { return }
    for problem in stream.run() { Issue.record("\(problem)") }
  }

  @Test func mostGoldenStreamsHaveADataFrameFace() throws {
    var rebuilt = 0
    for file in Self.files {
      _ = try GoldenStream(try Self.text(of: file), name: file) { plan in
        rebuilt += DataFrameFace.rebuild(plan) == nil ? 0 : 1
        return plan
      }
    }
    #expect(rebuilt * 4 >= Self.files.count * 3, "\(rebuilt) of \(Self.files.count)")
  }

  @Test(arguments: files)
  func updatingAFileThatHoldsChangesNothing(file: String) throws {
    let text = try Self.text(of: file)
    #expect(try GoldenStream(text, name: file).updated() == text)
  }

  @Test(arguments: files)
  func referenceEngineAgreesWithTheGoldenStream(file: String) throws {
    let stream = try GoldenStream(try Self.text(of: file), name: file)
    // The reference engine knows neither Spark's rule nor a second run.
    let ends = stream.events.dropLast().contains { if case .endOfInput = $0 { true } else { false } }
    if stream.isSparkCompatible || ends { return }
    var differential = Differential(
      stream.plan, stream.referenceEvents, partitions: stream.partitions, zone: stream.zone)
    differential.held = stream.heldEpochs
    for problem in differential.differences([StreamDriverOptions()]) { Issue.record("\(file): \(problem)") }
  }
}

extension GoldenStream {
  /// The numbers, from 0, of the epochs that hold their changes back.
  fileprivate var heldEpochs: Set<Int> {
    let ends = events.compactMap { event -> Bool? in
      switch event {
      case .endOfEpoch, .endOfInput: false
      case .endOfHeldEpoch: true
      case .rows, .idle, .allIdle: nil
      }
    }
    return Set(ends.indices.filter { ends[$0] })
  }

  /// The events under the columns that the query reads.
  fileprivate var referenceEvents: [ReferenceEvent] {
    let ordinals = plan.scanSchema.fields.map { plan.stream.schema.ordinal(of: $0.name)! }
    return events.flatMap { event -> [ReferenceEvent] in
      switch event {
      case .rows(let batch, let partition):
        batch.rows.map { row in .row(ReferenceRow(ordinals.map { row[$0] }, partition: partition)) }
      case .idle(let partition, let span): [.idle(partition, for: span)]
      case .allIdle(let span): [.allIdle(span)]
      case .endOfEpoch, .endOfHeldEpoch: [.endOfEpoch]
      case .endOfInput: [.endOfInput]
      }
    }
  }
}
