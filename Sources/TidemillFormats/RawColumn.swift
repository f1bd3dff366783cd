import TidemillColumns

/// A column of text while a format fills it: where the text of each row lies, to be converted afterwards.
///
/// Formats fill the buffers through their base pointers; `count` of each is only set when all rows are there.
struct RawColumn {
  let field: Field
  let validity: Buffer<UInt8>
  let spans: Buffer<TextSpan>
  /// Text that had escapes.
  let heap: Buffer<UInt8>

  /// A column of text, whatever its type.
  init(textOf field: Field, capacity: Int) {
    self.field = field
    validity = Buffer(capacity: capacity)
    spans = Buffer(capacity: capacity)
    heap = Buffer(capacity: 0)
  }

  /// The first row's span in memory.
  var base: UnsafeMutableRawPointer { UnsafeMutableRawPointer(spans.base) }

  /// Says that `count` rows are filled and makes room for `capacity`.
  func resize(count: Int, capacity: Int) {
    validity.count = count
    validity.reserve(capacity)
    spans.count = count
    spans.reserve(capacity)
  }
}
