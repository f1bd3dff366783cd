/// A directory of files, on a disk or in an object store: the few operations that tables in a lake rest on.
///
/// Paths are relative to the store's root, parts separated by `/`. Calls block, and may come from any thread.
package protocol LakeStore: Sendable {
  /// The place as users wrote it, without credentials, for messages.
  var description: String { get }

  /// The files in a directory, in byte order of their names; none when there is no such directory.
  ///
  /// - Parameters:
  ///   - name: only files whose names come after it in byte order.
  ///   - recursive: whether files of directories in it are listed, too; paths are from the store's root.
  func list(_ directory: String, after name: String?, recursive: Bool) throws(LakeStoreError) -> [LakeFile]

  /// The whole file.
  func read(_ path: String) throws(LakeStoreError) -> [UInt8]

  /// Writes a file whole, replacing one of its name; durable when it returns. Nobody ever sees a part of it.
  func put(_ path: String, _ bytes: UnsafeRawBufferPointer) throws(LakeStoreError)

  /// The same, unless there is a file of that name.
  ///
  /// - Returns: whether it was written. After an error it may have been, or may be yet.
  func putIfAbsent(_ path: String, _ bytes: UnsafeRawBufferPointer) throws(LakeStoreError) -> Bool

  /// Removes a file; fine if there is none.
  func delete(_ path: String) throws(LakeStoreError)
}

/// A file of a store.
package struct LakeFile: Hashable, Sendable {
  /// From the store's root.
  package var path: String
  /// In bytes.
  package var size: Int
  /// Milliseconds since 1970.
  package var modified: Int

  package init(path: String, size: Int, modified: Int) {
    self.path = path
    self.size = size
    self.modified = modified
  }

  /// What follows the last slash.
  package var name: Substring {
    path.utf8.lastIndex(of: UInt8(ascii: "/")).map { path[path.utf8.index(after: $0)...] } ?? path[...]
  }
}

/// What a store refused, and why.
package struct LakeStoreError: Error, Hashable, Sendable, CustomStringConvertible {
  package enum Kind: Hashable, Sendable {
    /// There is no such file.
    case notFound
    /// The same may succeed later: the store is slow, out of reach or out of room.
    case passing
    /// The same will fail again.
    case lasting
  }

  package var kind: Kind
  /// What was being done: `read`.
  package var operation: String
  package var path: String
  package var reason: String

  package init(_ kind: Kind, _ operation: String, _ path: String, _ reason: String) {
    self.kind = kind
    self.operation = operation
    self.path = path
    self.reason = reason
  }

  package var description: String { "cannot \(operation) '\(path)': \(reason)" }
}

extension LakeStore {
  package func put(_ path: String, _ bytes: [UInt8]) throws(LakeStoreError) {
    var failure: LakeStoreError?
    bytes.withUnsafeBytes { buffer in do throws(LakeStoreError) { try put(path, buffer) } catch { failure = error } }
    if let failure { throw failure }
  }

  package func putIfAbsent(_ path: String, _ bytes: [UInt8]) throws(LakeStoreError) -> Bool {
    var result: Result<Bool, LakeStoreError>?
    bytes.withUnsafeBytes { buffer in
      do throws(LakeStoreError) { result = .success(try putIfAbsent(path, buffer)) } catch { result = .failure(error) }
    }
    return try result!.get()
  }

  /// The file, or `nil` when there is none.
  package func readIfPresent(_ path: String) throws(LakeStoreError) -> [UInt8]? {
    do throws(LakeStoreError) { return try read(path) } catch {
      if error.kind == .notFound { return nil }
      throw error
    }
  }
}
