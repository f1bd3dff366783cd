import TidemillColumns
import TidemillFormats

/// What a pass gave.
enum Outcome {
  case batches([Batch])
  /// Lines of text.
  case text([UInt8])

  /// How many rows there are, and a hash of them: a sum over the rows as lines of text, so their order does not matter.
  func digest() -> (rows: Int, hash: UInt64) {
    var digest = (rows: 0, hash: UInt64(0))
    func add(_ lines: [UInt8]) {
      var hash = Self.basis
      for byte in lines {
        if byte == UInt8(ascii: "\n") {
          digest.rows += 1
          digest.hash &+= hash ^ (hash >> 29)
          hash = Self.basis
        } else {
          hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3
        }
      }
    }
    switch self {
    case .text(let bytes): add(bytes)
    case .batches(let batches):
      for batch in batches {
        var bytes: [UInt8] = []
        JSONWriter().append(batch, to: &bytes)
        add(bytes)
      }
    }
    return digest
  }

  /// Of FNV-1a with 64 bits, by Fowler, Noll and Vo.
  private static let basis: UInt64 = 0xcbf2_9ce4_8422_2325
}
