#if Lake
  import Synchronization
  import TidemillConnectors

  /// The files of a folder that were opened last: taking a slice and reading it need the same footers.
  final class FileCache: Sendable {
    let folder: ParquetFolder
    let request: ReadRequest
    private let opened = Mutex<[OpenedFile]>([])

    /// Enough for the files of the slices that are in work at once.
    private static let capacity = 16

    init(_ folder: ParquetFolder, _ request: ReadRequest) {
      self.folder = folder
      self.request = request
    }

    /// - Returns: `nil` when there is no such file.
    /// - Throws: `OpenedFile.Incomplete` for a file without its end.
    func open(_ path: String) throws -> OpenedFile? {
      let known = opened.withLock { opened -> OpenedFile? in
        guard let place = opened.firstIndex(where: { $0.path == path }) else { return nil }
        let file = opened.remove(at: place)
        opened.append(file)
        return file
      }
      if let known { return known }
      guard let input = try folder.open(path) else { return nil }
      let file = try OpenedFile(input, path: path, request: request)
      opened.withLock { opened in
        opened.append(file)
        if opened.count > Self.capacity { opened.removeFirst() }
      }
      return file
    }

    /// Forgets what was opened: what is opened next is looked at anew.
    func clear() { opened.withLock { $0 = [] } }
  }
#endif
