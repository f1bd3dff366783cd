import Synchronization
import Tidemill
import TidemillFormats

/// Collects a result and prints it once, when the run is over.
final class FinalTableSink: Sink {
  let description = "console"
  private let writer: any RecordWriter
  private let state = Mutex(State())

  private struct State {
    var shape: ResultShape?
    /// In append mode: rows that are final.
    var batches: [Batch] = []
    /// In update mode: rows that may still change.
    var table: ResultTable?
  }

  init(writer: any RecordWriter) { self.writer = writer }

  func open(_ shape: ResultShape, lastEpoch: Epoch) async throws {
    state.withLock { state in
      state.shape = shape
      state.table = shape.mode == .append ? nil : ResultTable(shape, order: ResultOrder(shape))
    }
  }

  func write(_ batch: Batch, epoch: Epoch) async throws {
    state.withLock { state in
      if state.table != nil { state.table!.apply(batch) } else if batch.count > 0 { state.batches.append(batch) }
    }
  }

  func close() async throws {}

  func print() throws {
    let (shape, result) = state.withLock { state in
      guard let shape = state.shape else { preconditionFailure("a result is printed after the run") }
      if let table = state.table { return (shape, Batch(schema: shape.schema, rows: table.sortedRows)) }
      return (shape, ResultOrder(shape).sorted(Batch.concatenating(state.batches, schema: shape.schema)))
    }
    var bytes = writer.header(shape.schema)
    if writer is TableWriter {
      writer.append(result, to: &bytes)
    } else {
      let step = 1 << 14
      let block = Buffer<UInt8>(capacity: 1 << 10)
      try StandardOutput.shared.write(bytes)
      bytes = []
      for start in stride(from: 0, to: result.count, by: step) {
        writer.append(result, rows: start..<min(start + step, result.count), to: block)
        try StandardOutput.shared.write(block.elements)
        block.count = 0
      }
    }
    try StandardOutput.shared.write(bytes)
  }
}
