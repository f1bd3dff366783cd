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
  /// - Returns: the byte at the range's beginning; `nil` when the range is too long, or the system can't show the file, which
  ///   closes the window.
  func show(_ file: borrowing PosixFile, _ range: Range<Int>) -> UnsafeRawPointer? {
    let start = range.lowerBound / Self.pageSize * Self.pageSize
    guard range.upperBound - start <= capacity else { return nil }
    guard let base = file.show(in: number, from: start, count: range.upperBound - start) else { return nil }
    return base + (range.lowerBound - start)
  }

  /// Lets go of the file that is shown.
  func clear() { tidemill_window_clear(number) }

  /// Whether it can be used again: not once a file could not be shown.
  var isOpen: Bool { tidemill_window_is_open(number) }

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
  /// How much each window shows at most.
  private let capacity: Int
  private let free = Mutex<(windows: [FileWindow], areOfUse: Bool)>(([], true))

  init(capacity: Int, now: @escaping @Sendable () -> Int64 = { FileWindowPool.systemTime }) {
    self.capacity = capacity
    self.now = now
  }

  private static var systemTime: Int64 {
    var time = timespec()
    clock_gettime(CLOCK_REALTIME, &time)
    return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
  }

  /// - Returns: `nil` when there is no window to be had, or what `body` gives.
  func withWindow<Result>(_ body: (FileWindow) throws -> Result?) rethrows -> Result? {
    let (idle, areOfUse) = free.withLock { ($0.windows.popLast(), $0.areOfUse) }
    guard areOfUse, let window = idle ?? FileWindow(capacity: capacity) else { return nil }
    defer {
      // A system that can't show one file of a source will not show the others.
      free.withLock { if window.isOpen { $0.windows.append(window) } else { $0.areOfUse = false } }
    }
    return try body(window)
  }

  /// Lets go of the files that idle windows still show, so that they may be removed and their disks unmounted.
  func clear() {
    let idle = free.withLock { free in
      defer { free.windows = [] }
      return free.windows
    }
    for window in idle { window.clear() }
    free.withLock { $0.windows += idle.filter(\.isOpen) }
  }
}
