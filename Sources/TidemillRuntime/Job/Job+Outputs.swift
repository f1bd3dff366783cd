import TidemillColumns
import TidemillEngine

/// An output of a query of a stream.
struct OutputName: Hashable {
  /// The numbers of the stream and of the query over it, which are the same for all jobs on a checkpoint.
  var stream: Int
  var query: Int
  var name: String
}

extension OutputName {
  func write(to writer: inout ByteWriter) {
    writer.write(varint: stream)
    writer.write(varint: query)
    writer.write(string: name)
  }

  init(reading reader: inout ByteReader) throws {
    stream = try reader.readVarint()
    query = try reader.readVarint()
    name = try reader.readString()
  }
}

extension Job {
  /// The outputs whose changes an epoch at this time holds back.
  func heldOutputs(at now: EventTime) -> [OutputName] {
    forEachOutput { output, rhythm in rhythm.holds(at: now) ? output : nil }
  }

  /// How long it is until an epoch is due though there is no input, zero or less when it is due now; `nil`: never.
  ///
  /// - Parameters:
  ///   - now: by the clock that epochs record, on which outputs are due.
  ///   - steady: by the steady clock, by which partitions are idle.
  func timeToEpochWithoutInput(at now: EventTime, steady: EventTime) -> TimeSpan? {
    // After the last epoch, not after now: what has become due since must not be slept through.
    let idle = streams.compactMap { $0.nextIdleEpoch(after: lastEpochSteady) }.map { $0.microseconds - steady.microseconds }
    let outputs = forEachOutput { _, rhythm in rhythm.due(at: now) }.map { $0.microseconds - now.microseconds }
    return (idle + outputs).min().map { TimeSpan(microseconds: $0) }
  }

  /// Gives what is held back to its sinks, in an epoch of its own: whoever looks at them once the job has ended sees all of it.
  func flush() async throws {
    guard streams.contains(where: { $0.queries.contains { $0.rhythms.contains(where: \.isHolding) } }) else { return }
    try await waitForCommits()
    let now = clock.now()
    let inputs = streams.map { EpochInputs.Stream(slice: nil, partitionCount: $0.input.source.partitionCount) }
    try await run(EpochInputs(epoch: epoch.next, clock: now, streams: inputs, isFinal: false))
    lastEpochClock = now
    lastEpochSteady = clock.steady()
    try await waitForCommits()
  }

  /// The times at which outputs last got anything, of those whose rhythm asks for it.
  var outputTimes: [(output: OutputName, lastGiven: EventTime)] {
    forEachOutput { output, rhythm in
      rhythm.every == nil ? nil : rhythm.lastGiven.map { (output, $0) }
    }
  }

  /// Takes over what `outputTimes` said of an output, if it is still there.
  func restore(_ output: OutputName, lastGiven: EventTime) throws {
    guard streams.indices.contains(output.stream), streams[output.stream].queries.indices.contains(output.query) else {
      throw CorruptBytes("an output of a query that is not there")
    }
    let outputs = streams[output.stream].queries[output.query].definition.outputs
    guard let index = outputs.firstIndex(where: { $0.name == output.name }) else { return }
    streams[output.stream].queries[output.query].rhythms[index].lastGiven = lastGiven
  }

  private func forEachOutput<Result>(_ body: (OutputName, OutputRhythm) -> Result?) -> [Result] {
    streams.enumerated().flatMap { number, stream in
      stream.queries.enumerated().flatMap { query, running in
        zip(running.definition.outputs, running.rhythms).compactMap { output, rhythm in
          body(OutputName(stream: number, query: query, name: output.name), rhythm)
        }
      }
    }
  }
}

extension EpochInputs {
  /// The names of the outputs of a query whose changes are held back.
  func held(stream: Int, query: Int) -> Set<String> {
    Set(held.filter { $0.stream == stream && $0.query == query }.map(\.name))
  }
}
