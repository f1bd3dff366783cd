import TidemillColumns

/// The changes of several epochs that an output has yet to get, as the one difference that they make.
///
/// # Memory
/// With a normaliser there are two rows for each key that is not as it was, the old and the new, and while many epochs are folded
/// up to twice as many. Without one, as in append mode, all rows are kept.
struct HeldChanges {
  private let schema: Schema
  /// How changes fold; `nil` if each row counts.
  private let normaliser: ChangeNormaliser?
  /// In the order of their epochs, each at least twice as long as the one behind it, so that a row is copied a logarithmic number
  /// of times.
  private var parts: [Batch] = []

  init(_ schema: Schema, _ normaliser: ChangeNormaliser?) {
    self.schema = schema
    self.normaliser = normaliser
  }

  var isEmpty: Bool { parts.isEmpty }
  var count: Int { parts.reduce(0) { $0 + $1.count } }
  var memoryUsed: Int { parts.reduce(0) { $0 + $1.memoryUsed } }

  /// Takes the changes of an epoch.
  mutating func add(_ changes: Batch) {
    append(normaliser?.difference(changes) ?? changes)
    while parts.count > 1, parts[parts.count - 2].count < 2 * parts[parts.count - 1].count {
      let last = [parts[parts.count - 2], parts[parts.count - 1]]
      parts.removeLast(2)
      append(joined(last))
    }
  }

  // The rows may share the strings of much that is let go.
  private mutating func append(_ part: Batch) { if part.count > 0 { parts.append(part.withOwnStrings()) } }

  private func joined(_ parts: [Batch]) -> Batch {
    let rows = Batch.concatenating(parts, schema: schema)
    return parts.count > 1 ? normaliser?.joined(rows) ?? rows : rows
  }

  /// Gives all as a sink is to get it; nothing is held then.
  mutating func take() -> Batch {
    defer { parts = [] }
    let rows = joined(parts)
    return normaliser?.delivered(rows) ?? rows
  }

  func write(to writer: inout ByteWriter) {
    let rows = joined(parts)
    rows.write(to: &writer)
    writer.write(bool: rows.weights != nil)
    if let weights = rows.weights { writer.write(elements: weights.base, count: rows.count) }
  }

  mutating func read(from reader: inout ByteReader) throws {
    let rows = try Batch(schema: schema, reading: &reader)
    var weights: Buffer<Int8>?
    if try reader.readBool() {
      let read: Buffer<Int8> = try reader.readBuffer()
      guard read.count == rows.count, read.elements.allSatisfy({ $0 == 1 || $0 == -1 }) else {
        throw CorruptBytes("changes that are no changes")
      }
      weights = read
    }
    parts = []
    append(Batch(schema: schema, count: rows.count, columns: rows.columns, weights: weights))
  }
}
