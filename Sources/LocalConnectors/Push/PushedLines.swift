/// How many lines there are that are not empty; the last one need not have a line end.
///
/// - Complexity: O(bytes), many of them at a time.
func countRecords(_ bytes: [UInt8]) -> Int {
  let carriageReturn = UInt8(ascii: "\r")
  return bytes.withUnsafeBufferPointer { bytes in
    guard !bytes.isEmpty else { return 0 }
    var ends = 0
    var empty = 0
    // A line is empty when its end stands behind another, or at the beginning. Two loops, for each is a sum over vectors.
    for byte in bytes where byte == newline { ends &+= 1 }
    for index in 1..<max(bytes.count, 1) where (bytes[index] == newline) && (bytes[index &- 1] == newline) { empty &+= 1 }
    if bytes[0] == newline { empty += 1 }
    for index in 2..<max(bytes.count, 2)
    where (bytes[index] == newline) && (bytes[index &- 1] == carriageReturn) && (bytes[index &- 2] == newline) { empty &+= 1 }
    if bytes.count > 1, bytes[0] == carriageReturn, bytes[1] == newline { empty += 1 }
    if bytes[bytes.count - 1] != newline { ends += 1 }
    return ends - empty
  }
}
