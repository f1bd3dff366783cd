let newline = UInt8(ascii: "\n")

/// Cuts whole lines into pieces of about `size` bytes, at line ends, until there are at least `limit` bytes of them or all.
///
/// The first piece may be longer than the limit: a line is never cut.
func linePieces(_ bytes: ArraySlice<UInt8>, size: Int, limit: Int) -> [Range<Int>] {
  var pieces: [Range<Int>] = []
  var start = bytes.startIndex
  var remaining = limit
  bytes.withUnsafeBufferPointer { memory in
    let base = bytes.startIndex
    while start < bytes.endIndex && remaining > 0 {
      let wanted = start + max(1, min(size, remaining))
      var end = bytes.endIndex
      if wanted < bytes.endIndex {
        if let last = memory[start - base..<wanted - base].lastIndex(of: newline) {
          end = base + last + 1
        } else if !pieces.isEmpty && remaining < size {
          return
        } else if let next = memory[(wanted - base)...].firstIndex(of: newline) {
          end = base + next + 1
        }
      }
      pieces.append(start..<end)
      remaining -= end - start
      start = end
    }
  }
  return pieces
}
