#if canImport(Darwin)
  import Darwin
#elseif canImport(Musl)
  import Musl
#else
  import Glibc
#endif

func exit(_ status: Int32) -> Never {
  #if canImport(Darwin)
    Darwin.exit(status)
  #elseif canImport(Musl)
    Musl.exit(status)
  #else
    Glibc.exit(status)
  #endif
}

func writeError(_ text: String) { text.utf8.withContiguousStorageIfAvailable { _ = write(2, $0.baseAddress, $0.count) } }

func padded(_ text: String, _ width: Int) -> String { text + String(repeating: " ", count: max(1, width - text.count)) }

func aligned(_ text: String, _ width: Int) -> String { String(repeating: " ", count: max(1, width - text.count)) + text }

/// With one digit behind the point.
func tenths(_ value: Double) -> String {
  let tenths = Int((value * 10).rounded())
  return "\(tenths / 10).\(tenths % 10)"
}
