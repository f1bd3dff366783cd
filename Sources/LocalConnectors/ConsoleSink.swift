import TidemillColumns
import TidemillConnectors
import TidemillFormats

/// Prints results. For people and pipes: after a crash, the epochs since the last snapshot are printed again.
public final class ConsoleSink: Sink {
  public let description: String
  private let writer: any RecordWriter
  private let output: @Sendable ([UInt8]) throws -> Void

  /// How many rows are encoded at a time; bounds the memory of large results.
  private static let rowsAtATime = 1 << 14

  /// - Parameter output: takes the bytes, in order; what it throws ends the query.
  public init(
    writer: any RecordWriter, description: String = "console", output: @escaping @Sendable ([UInt8]) throws -> Void
  ) {
    self.writer = writer
    self.description = description
    self.output = output
  }

  /// Prints to a descriptor. SIGPIPE is ignored from then on, so that a reader that goes away is an error and no sudden death.
  public convenience init(writer: any RecordWriter, descriptor: Int32 = 1) {
    let output = DescriptorOutput(descriptor, name: descriptor == 1 ? "standard output" : "descriptor \(descriptor)")
    self.init(writer: writer) { try output.write($0) }
  }

  public func open(_ shape: ResultShape, lastEpoch: Epoch) async throws {
    let header = writer.header(shape.schema)
    if !header.isEmpty { try output(header) }
  }

  public func write(_ batch: Batch, epoch: Epoch) async throws {
    let block = Buffer<UInt8>(capacity: 1 << 10)
    for start in stride(from: 0, to: batch.count, by: Self.rowsAtATime) {
      writer.append(batch, rows: start..<min(start + Self.rowsAtATime, batch.count), to: block)
      try output(block.elements)
      block.count = 0
    }
  }

  public func close() async throws {}
}
