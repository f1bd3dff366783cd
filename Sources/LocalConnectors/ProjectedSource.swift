import TidemillColumns
import TidemillConnectors

extension MemoryStream {
  /// The stream as a query reads it: the columns that it asks for, and its event time.
  ///
  /// - Throws: when the stream lacks a column or has it with another type.
  public func reading(_ request: ReadRequest) throws -> any Source {
    let ordinals = try request.schema.fields.map { field in
      guard let ordinal = schema.ordinal(of: field.name), schema[ordinal].type == field.type else {
        throw TidemillError(
          .invalidQuery, "\(description) has no column \(field.name) of type \(field.type)", hint: "its columns are \(schema)")
      }
      return ordinal
    }
    if let eventTime = request.eventTime, request.schema[eventTime].type != .timestamp {
      throw TidemillError(
        .invalidQuery, "\(request.schema[eventTime].name) is no TIMESTAMP, so no event time",
        hint: "name one of the TIMESTAMP columns in the watermark")
    }
    return ProjectedSource(
      base: self, schema: request.schema, ordinals: ordinals, eventTime: request.eventTime.map { ordinals[$0] })
  }
}

/// Some of a memory stream's columns.
private final class ProjectedSource: Source {
  private let base: MemoryStream
  private let schema: Schema
  private let ordinals: [Int]
  /// Among the stream's own columns.
  private let eventTime: Int?

  init(base: MemoryStream, schema: Schema, ordinals: [Int], eventTime: Int?) {
    self.base = base
    self.schema = schema
    self.ordinals = ordinals
    self.eventTime = eventTime
  }

  var description: String { base.description }
  var hasEnded: Bool { base.hasEnded }
  var partitionCount: Int { base.partitionCount }

  func nextSlice(after position: SourcePosition, byteLimit: Int, isFinal: Bool) async throws -> SourceSlice? {
    try await base.nextSlice(after: position, byteLimit: byteLimit, isFinal: isFinal)
  }

  func tasks(for slice: SourceSlice) throws -> [any ReadTask] {
    try base.tasks(for: slice, eventTime: eventTime).map { ProjectedTask(base: $0, schema: schema, ordinals: ordinals) }
  }

  func waitForInput(timeout: Duration) async throws { try await base.waitForInput(timeout: timeout) }
  func release(before position: SourcePosition) async throws { try await base.release(before: position) }
}

private struct ProjectedTask: ReadTask {
  var base: any ReadTask
  var schema: Schema
  var ordinals: [Int]

  var partition: Int { base.partition }

  func read(latest: EventTime) throws -> ReadResult {
    var result = try base.read(latest: latest)
    result.batch = Batch(
      schema: schema, count: result.batch.count, columns: ordinals.map { result.batch.columns[$0] })
    result.rest = result.rest.map { ProjectedTask(base: $0, schema: schema, ordinals: ordinals) }
    return result
  }
}
