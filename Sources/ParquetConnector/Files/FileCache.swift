#if Lake
  import Synchronization
  import TidemillColumns
  import TidemillConnectors

  /// The files of a place that were opened last: taking a slice and reading it need the same footers.
  package final class FileCache: Sendable {
    package let place: any ParquetPlace
    package let request: ReadRequest
    private let opened = Mutex<[OpenedFile]>([])

    /// Enough for the files of the slices that are in work at once.
    private static let capacity = 16

    package init(_ place: any ParquetPlace, _ request: ReadRequest) {
      self.place = place
      self.request = request
    }

    /// - Parameter constants: see `ParquetPart`.
    /// - Returns: `nil` when there is no such file.
    /// - Throws: `OpenedFile.Incomplete` for a file without its end.
    package func open(_ path: String, constants: [Int: Value]? = nil) throws -> OpenedFile? {
      let known = opened.withLock { opened -> OpenedFile? in
        guard let place = opened.firstIndex(where: { $0.path.utf8.elementsEqual(path.utf8) }) else { return nil }
        let file = opened.remove(at: place)
        opened.append(file)
        return file
      }
      if let known { return known }
      guard let input = try place.open(path) else { return nil }
      let file = try OpenedFile(input, path: path, constants: constants, request: request)
      opened.withLock { opened in
        opened.append(file)
        if opened.count > Self.capacity { opened.removeFirst() }
      }
      return file
    }

    /// Forgets what was opened: what is opened next is looked at anew.
    package func clear() { opened.withLock { $0 = [] } }

    /// What to say of a file that is needed and not there.
    package func gone(_ path: String) -> TidemillError {
      TidemillError(
        .badInput, "\(place.fullPath(path)) is gone: row groups of it are needed again",
        hint: "put the file back, or start with a new checkpoint")
    }
  }
#endif
