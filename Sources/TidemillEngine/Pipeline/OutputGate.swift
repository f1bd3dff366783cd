import TidemillColumns
import TidemillPlan

/// Stands before an output: lets an epoch's changes through, or holds them back until one may go through.
final class OutputGate {
  let output: PipelineOutput
  private var held: HeldChanges
  /// In complete mode nothing need be held for the next result to be whole.
  private var lacksResult = false

  init(_ output: PipelineOutput, _ schema: Schema, _ normaliser: ChangeNormaliser?) {
    self.output = output
    held = HeldChanges(schema, output.mode == .update ? normaliser : nil)
  }

  var isHolding: Bool { lacksResult || !held.isEmpty }
  var heldRows: Int { held.count }

  /// Of what is held; without a name if nothing is.
  var metrics: OperatorMetrics {
    var metrics = OperatorMetrics()
    if held.isEmpty { return metrics }
    metrics.name = "held"
    metrics.rowsTotal = held.count
    metrics.memoryUsed = held.memoryUsed
    return metrics
  }

  /// Holds an epoch's changes back.
  ///
  /// - Parameter changes: as the last step gave them.
  func hold(_ changes: Batch) {
    if output.mode == .complete { lacksResult = true } else { held.add(changes) }
  }

  /// Lets an epoch's changes through, with all that was held.
  ///
  /// - Parameters:
  ///   - changes: as the last step gave them.
  ///   - normalised: the same as a sink gets them that has all before.
  func release(_ changes: Batch, _ normalised: Batch) -> Batch {
    lacksResult = false
    if held.isEmpty { return normalised }
    held.add(changes)
    return held.take()
  }

  func write(to writer: inout ByteWriter) {
    writer.write(string: output.name)
    writer.write(string: output.mode.rawValue)
    writer.write(bool: lacksResult)
    held.write(to: &writer)
  }

  /// Reads what is behind the name and the mode.
  func read(from reader: inout ByteReader) throws {
    lacksResult = try reader.readBool()
    try held.read(from: &reader)
  }
}
