import CFileWindow

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

  /// Has the system map `count` of the bytes shown at once, from `base` on.
  static func fetch(_ base: UnsafeRawPointer, _ count: Int) { tidemill_window_fetch(base, count) }

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
