import Testing
import TidemillColumns

@testable import TidemillEngine

private let schema = Schema(Field("k", .string), Field("n", .bigint))

@Suite struct HeldChangesTests {
  private func changes(_ rows: (weight: Int8, key: String, number: Int64)...) -> Batch {
    Batch(schema: schema, rows: rows.map { [.string($0.key), .integer($0.number)] }, weights: rows.map(\.weight))
  }

  private func text(_ batch: Batch) -> [String] {
    batch.rows.enumerated().map { "\(batch.weight($0) > 0 ? "+" : "-")\($1[0]) \($1[1])" }.sorted()
  }

  private func held(_ normaliser: ChangeNormaliser?, _ epochs: Batch...) -> [String] {
    var held = HeldChanges(schema, normaliser)
    for epoch in epochs { held.add(epoch) }
    var writer = ByteWriter()
    held.write(to: &writer)
    var copy = HeldChanges(schema, normaliser)
    var reader = ByteReader(writer.bytes)
    #expect(throws: Never.self) { try copy.read(from: &reader) }
    let taken = text(held.take())
    #expect(held.isEmpty)
    #expect(text(copy.take()) == taken)
    return taken
  }

  @Test func theOrderWithinAnEpochDoesNotMatter() {
    let byKey = ChangeNormaliser(key: [0])
    #expect(held(byKey, changes((1, "a", 2), (-1, "a", 1)), changes((-1, "a", 2), (1, "a", 3))) == ["+a 3"])
    #expect(held(byKey, changes((1, "a", 2), (-1, "a", 1)), changes((1, "a", 1), (-1, "a", 2))) == [])
    #expect(held(byKey, changes((1, "a", 2), (-1, "a", 1)), changes((-1, "a", 2))) == ["-a 1"])
    #expect(held(byKey, changes((1, "a", 2)), changes((-1, "a", 2))) == [])
  }

  /// A key that was forgotten comes again without a word of what it replaces, and goes: the sink still has its first row.
  @Test func aForgottenKeyThatComesAndGoesIsTakenBack() {
    let forgets = ChangeNormaliser(key: [0], forgetsKeys: true)
    #expect(held(forgets, changes((1, "a", 2)), changes((-1, "a", 2))) == ["-a 2"])
    #expect(held(forgets, changes((1, "a", 2)), changes((-1, "a", 2)), changes((1, "a", 3))) == ["+a 3"])
    #expect(held(forgets, changes((-1, "a", 1), (1, "a", 2)), changes((1, "a", 1))) == [])
  }

  @Test func rowsWithoutAKeyCount() {
    let bag = ChangeNormaliser(key: nil)
    #expect(held(bag, changes((1, "a", 1), (1, "a", 1)), changes((-1, "a", 1), (-1, "b", 1))) == ["+a 1", "-b 1"])
    #expect(held(nil, changes((1, "a", 1)), changes((1, "a", 1))) == ["+a 1", "+a 1"])
  }

  @Test func whatIsHeldIsBoundedByTheKeysThatChanged() {
    var held = HeldChanges(schema, ChangeNormaliser(key: [0]))
    for epoch in Int64(1)...1000 {
      let key = "key \(epoch % 10), with more than a view has room for"
      held.add(epoch <= 10 ? changes((1, key, epoch)) : changes((-1, key, epoch - 10), (1, key, epoch)))
      #expect(held.count <= 40)
    }
    #expect(held.memoryUsed < 1 << 14)
    #expect(held.take().count == 10)
  }

  @Test func weightsThatAreNoneAreRefused() {
    var held = HeldChanges(schema, ChangeNormaliser(key: [0]))
    held.add(changes((1, "a", 2)))
    var writer = ByteWriter()
    held.write(to: &writer)
    var bytes = writer.bytes
    bytes[bytes.count - 1] = 7
    var reader = ByteReader(bytes)
    #expect(throws: CorruptBytes.self) { try held.read(from: &reader) }
  }
}
