import CFileWindow
import Synchronization

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// A window onto files, through which their bytes are read where the system has them, in its page cache, without a copy.
///
/// What is seen may change at any moment: who writes to the file writes into the window. See `FileTask+InPlace`.
final class FileWindow: @unchecked Sendable {
  private let number: Int32
  private let capacity: Int

  /// - Returns: `nil` when there are too many windows, or no addresses.
  init?(capacity: Int) {
    let pages = (capacity + 3 * Self.pageSize - 1) / Self.pageSize * Self.pageSize
    number = tidemill_window_open(pages)
    guard number >= 0 else { return nil }
    self.capacity = pages - Self.pageSize
  }

  deinit { tidemill_window_close(number) }

  /// A multiple of every system's.
  private static let pageSize = 64 << 10

  /// Shows a range of a file, with a page of zeros behind its last page.
  ///
  /// - Returns: the byte at the range's beginning; `nil` when the range is too long or the system can't show it.
  func show(_ file: borrowing PosixFile, _ range: Range<Int>) -> UnsafeRawPointer? {
    let start = range.lowerBound / Self.pageSize * Self.pageSize
    guard range.upperBound - start <= capacity else { return nil }
    guard let base = file.show(in: number, from: start, count: range.upperBound - start) else { return nil }
    return base + (range.lowerBound - start)
  }

  /// Whether the file has become shorter than what is shown, so that zeros stand in place of its bytes.
  var isTorn: Bool { tidemill_window_is_torn(number) }
}

extension PosixFile {
  fileprivate func show(in window: Int32, from offset: Int, count: Int) -> UnsafeRawPointer? {
    tidemill_window_show(window, descriptor, off_t(offset), count)
  }
}

/// The windows that no lane is using.
final class FileWindowPool: Sendable {
  /// Nanoseconds since 1970, by the clock that tells when files change.
  let now: @Sendable () -> Int64
  private let free = Mutex<[FileWindow]>([])

  init(now: @escaping @Sendable () -> Int64 = { FileWindowPool.systemTime }) { self.now = now }

  private static var systemTime: Int64 {
    var time = timespec()
    clock_gettime(CLOCK_REALTIME, &time)
    return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
  }

  /// - Returns: `nil` when there is no window to be had, or what `body` gives.
  func withWindow<Result>(capacity: Int, _ body: (FileWindow) throws -> Result?) rethrows -> Result? {
    guard let window = free.withLock({ $0.popLast() }) ?? FileWindow(capacity: capacity) else { return nil }
    defer { free.withLock { $0.append(window) } }
    return try body(window)
  }
}
