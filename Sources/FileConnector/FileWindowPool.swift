import Synchronization

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// The windows of a source. Lanes that read pieces of one stretch look through the same one: each change of a mapping makes all
/// processors forget where pages are, so a window shows several pieces' worth.
final class FileWindowPool: Sendable {
  /// How many pieces a stretch has room for.
  private static let piecesOfStretch = 4

  /// Nanoseconds since 1970, by the clock that tells when files change.
  let now: @Sendable () -> Int64
  private let stretchSize: Int
  private let capacity: Int
  private let state = Mutex(State())

  /// A stretch of a file as it was at one time.
  private struct Stretch: Equatable {
    let status: FileStatus
    let range: Range<Int>
  }

  private struct Place {
    let window: FileWindow
    /// What it shows, and where; `nil` when that is nothing.
    var shown: (stretch: Stretch, base: UnsafeRawPointer)?
    var users = 0
  }

  private struct State: @unchecked Sendable {
    /// The one that was used longest ago first.
    var places: [Place] = []
    var areOfUse = true
  }

  /// - Parameter pieceSize: the most bytes that are looked at in one go.
  init(pieceSize: Int, now: @escaping @Sendable () -> Int64 = { FileWindowPool.systemTime }) {
    stretchSize = pieceSize * Self.piecesOfStretch
    capacity = stretchSize + pieceSize
    self.now = now
  }

  private static var systemTime: Int64 {
    var time = timespec()
    clock_gettime(CLOCK_REALTIME, &time)
    return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
  }

  /// Calls `body` with a window onto a file and the byte at `range`'s beginning.
  ///
  /// - Parameters:
  ///   - status: the file's, by which lanes know that they look at the same.
  ///   - range: within the file, and no longer than a piece.
  /// - Returns: `nil` when there is no window to be had, or what `body` gives.
  func withWindow<Result>(
    onto file: borrowing PosixFile, _ status: FileStatus, _ range: Range<Int>,
    _ body: (FileWindow, UnsafeRawPointer) throws -> Result?
  ) rethrows -> Result? {
    let start = range.lowerBound / stretchSize * stretchSize
    guard range.upperBound - start <= capacity, range.upperBound <= status.size else { return nil }
    let stretch = Stretch(status: status, range: start..<min(start + capacity, status.size))
    guard let (window, base) = take(stretch, of: file) else { return nil }
    defer { giveBack(window) }
    return try body(window, base + (range.lowerBound - start))
  }

  private func take(_ stretch: Stretch, of file: borrowing PosixFile) -> (FileWindow, UnsafeRawPointer)? {
    enum Found {
      case shown(FileWindow, UnsafeRawPointer)
      case idle(FileWindow?)
    }
    let found: Found? = state.withLock { state in
      for index in state.places.indices {
        let place = state.places[index]
        guard let shown = place.shown, shown.stretch == stretch, !place.window.isTorn else { continue }
        state.places[index].users += 1
        return .shown(place.window, shown.base)
      }
      guard state.areOfUse else { return nil }
      return .idle(state.places.firstIndex { $0.users == 0 }.map { state.places.remove(at: $0).window })
    }
    switch found {
    case nil: return nil
    case .shown(let window, let base): return (window, base)
    case .idle(let idle):
      guard let window = idle ?? FileWindow(capacity: capacity) else { return nil }
      guard let base = window.show(file, stretch.range) else {
        // A system that can't show one file of a source will not show the others.
        state.withLock { $0.areOfUse = false }
        return nil
      }
      state.withLock { $0.places.append(Place(window: window, shown: (stretch, base), users: 1)) }
      return (window, base)
    }
  }

  private func giveBack(_ window: FileWindow) {
    state.withLock { state in
      guard let index = state.places.firstIndex(where: { $0.window === window }) else { return }
      state.places[index].users -= 1
      state.places.append(state.places.remove(at: index))
    }
  }

  /// Lets go of the files that idle windows still show, so that they may be removed and their disks unmounted.
  func clear() {
    let idle = state.withLock { state in
      let idle = state.places.filter { $0.users == 0 }
      state.places.removeAll { $0.users == 0 }
      return idle.map(\.window)
    }
    for window in idle { window.clear() }
    let open = idle.filter(\.isOpen)
    state.withLock { $0.places += open.map { Place(window: $0) } }
  }
}
