#if Lake
  import ArrowBridge
  import Synchronization

  /// A folder of an object store, through Arrow's file systems. Paths are relative to it; calls block, and may come from any thread.
  ///
  /// An object is there whole or not at all.
  package final class RemoteStore: @unchecked Sendable {
    /// How the store is reached.
    package struct Options: Hashable, Sendable {
      /// Of S3: where the store is, such as `http://127.0.0.1:8333`; `nil` for Amazon's.
      package var endpoint: String?
      package var region: String?
      /// Without them, those of the environment, of `~/.aws` or of the machine.
      package var accessKey: String?
      package var secretKey: String?
      package var sessionToken: String?

      package init(
        endpoint: String? = nil, region: String? = nil, accessKey: String? = nil, secretKey: String? = nil,
        sessionToken: String? = nil
      ) {
        self.endpoint = endpoint
        self.region = region
        self.accessKey = accessKey
        self.secretKey = secretKey
        self.sessionToken = sessionToken
      }
    }

    /// An object.
    package struct Entry: Hashable, Sendable {
      /// From the store's root.
      package var path: String
      /// In bytes.
      package var size: Int
      /// Nanoseconds since 1970.
      package var modified: Int64
    }

    /// The place as users wrote it, without credentials.
    package let description: String
    private let location: StoreLocation
    // Arrow's file systems may be used by any number of threads.
    private let handle: OpaquePointer
    /// Bucket and folder, as Arrow writes them.
    private let root: String
    private let bucket: String
    private let conditional = Mutex<ConditionalPut?>(nil)

    package init(_ location: StoreLocation, options: Options = Options()) throws(ArrowFailure) {
      self.location = location
      description = location.description
      var uri = "\(location.scheme)://\(location.authority)"
      if location.kind == .s3 { uri += try Self.query(options) }
      let settings = [
        ("access_key", options.accessKey), ("secret_key", options.secretKey), ("session_token", options.sessionToken),
      ].compactMap { name, value in value.map { (name, $0) } }
      var within: UnsafeMutablePointer<CChar>?
      handle = try making { error in
        Self.withSettings(settings) { settings in
          tidemill_arrow_store_open(uri, settings.baseAddress, Int32(settings.count), &within, error)
        }
      }
      bucket = within.map { String(cString: $0) } ?? ""
      tidemill_arrow_free(within)
      root = location.path.isEmpty ? bucket : "\(bucket)/\(location.path)"
    }

    deinit { tidemill_arrow_store_free(handle) }

    private static func query(_ options: Options) throws(ArrowFailure) -> String {
      var parts: [String] = []
      if let endpoint = options.endpoint {
        guard let mark = endpoint.firstRange(of: "://") else {
          throw ArrowFailure(.invalid, "the endpoint '\(endpoint)' is no address such as https://storage.example.com")
        }
        var host = endpoint[mark.upperBound...]
        while host.hasSuffix("/") { host.removeLast() }
        parts.append("scheme=\(endpoint[..<mark.lowerBound])")
        parts.append("endpoint_override=\(S3Request.escaped(String(host)))")
      }
      if let region = options.region { parts.append("region=\(S3Request.escaped(region))") }
      return parts.isEmpty ? "" : "?" + parts.joined(separator: "&")
    }

    private static func withSettings<Result>(
      _ settings: [(String, String)], _ body: (UnsafeBufferPointer<tidemill_arrow_setting>) -> Result
    ) -> Result {
      let texts = settings.flatMap { [Array($0.0.utf8CString), Array($0.1.utf8CString)] }
      let copies = texts.map { text in
        let memory = UnsafeMutablePointer<CChar>.allocate(capacity: text.count)
        memory.initialize(from: text, count: text.count)
        return memory
      }
      defer { for copy in copies { copy.deallocate() } }
      let pairs = settings.indices.map { tidemill_arrow_setting(name: copies[2 * $0], value: copies[2 * $0 + 1]) }
      return pairs.withUnsafeBufferPointer(body)
    }

    private func full(_ path: String) -> String { path.isEmpty ? root : "\(root)/\(path)" }

    // MARK: Reading

    /// The objects in a folder, in byte order of their paths; none when there is no such folder.
    package func list(_ folder: String, recursive: Bool) throws(ArrowFailure) -> [Entry] {
      final class Found { var entries: [Entry] = [] }
      let found = Found()
      let prefix = root.utf8.count + 1
      try calling { error in
        tidemill_arrow_store_list(
          handle, full(folder), recursive, Unmanaged.passUnretained(found).toOpaque(),
          { context, entry in
            guard let context, let entry, entry.pointee.kind == tidemill_arrow_file else { return }
            Unmanaged<Found>.fromOpaque(context).takeUnretainedValue().entries.append(
              Entry(path: String(cString: entry.pointee.path), size: Int(entry.pointee.size), modified: entry.pointee.modified))
          }, error)
      }
      return found.entries
        .map { entry in
          var entry = entry
          entry.path = String(decoding: entry.path.utf8.dropFirst(prefix), as: UTF8.self)
          return entry
        }
        .sorted { $0.path.utf8.lexicographicallyPrecedes($1.path.utf8) }
    }

    /// An object, or `nil` where there is none.
    package func status(_ path: String) throws(ArrowFailure) -> Entry? {
      var entry = tidemill_arrow_entry()
      try calling { tidemill_arrow_store_status(handle, full(path), &entry, $0) }
      return entry.kind == tidemill_arrow_file ? Entry(path: path, size: Int(entry.size), modified: entry.modified) : nil
    }

    /// Whether there is an object or a folder, perhaps an empty one.
    package func exists(_ path: String) throws(ArrowFailure) -> Bool {
      var entry = tidemill_arrow_entry()
      try calling { tidemill_arrow_store_status(handle, full(path), &entry, $0) }
      return entry.kind != tidemill_arrow_nothing
    }

    /// The whole object.
    package func read(_ path: String) throws(ArrowFailure) -> [UInt8] {
      let input = try open(path)
      var failure: ArrowFailure?
      let bytes = [UInt8](unsafeUninitializedCapacity: input.count) { buffer, filled in
        do throws(ArrowFailure) { filled = try input.read(UnsafeMutableRawBufferPointer(buffer), at: 0) } catch {
          failure = error
        }
      }
      if let failure { throw failure }
      guard bytes.count == input.count else {
        throw ArrowFailure(.io, "\(path) ended at \(bytes.count) of \(input.count) bytes")
      }
      return bytes
    }

    /// An object that is read here and there.
    package func open(_ path: String) throws(ArrowFailure) -> RemoteInput {
      RemoteInput(
        try making { tidemill_arrow_reader_open(handle, full(path), $0) }, name: "\(description)/\(path)", store: self)
    }

    // MARK: Writing

    /// Writes an object whole, in place of one of its name.
    package func put(_ path: String, _ bytes: UnsafeRawBufferPointer) throws(ArrowFailure) {
      let output = try create(path)
      try output.write(bytes)
      try output.close()
    }

    /// An object that is there when it is closed, in place of one of its name.
    package func create(_ path: String) throws(ArrowFailure) -> RemoteOutput {
      RemoteOutput(try making { tidemill_arrow_writer_open(handle, full(path), $0) }, store: self)
    }

    /// Removes an object; fine if there is none.
    package func delete(_ path: String) throws(ArrowFailure) {
      do throws(ArrowFailure) {
        try calling { tidemill_arrow_store_remove(handle, full(path), $0) }
      } catch  where error.kind == .notFound {}
    }

    /// Writes an object unless there is one of its name.
    ///
    /// - Returns: whether it was written. After an error it may have been.
    /// - Throws: of kind `unsupported` when the store cannot do it, or does not keep to it.
    package func putIfAbsent(_ path: String, _ bytes: UnsafeRawBufferPointer) throws(ArrowFailure) -> Bool {
      try conditionalPut().put(key(path), bytes, access: access())
    }

    private func key(_ path: String) -> String { [location.path, path].filter { !$0.isEmpty }.joined(separator: "/") }

    /// Made and tried out before its first use: a store that does not know the condition would overwrite without a word.
    private func conditionalPut() throws(ArrowFailure) -> ConditionalPut {
      guard location.kind == .s3 else {
        throw ArrowFailure(
          .unsupported, "\(location.kind.name) has no way here to write a file only if there is none of its name")
      }
      if let known = conditional.withLock({ $0 }) { return known }
      let made = ConditionalPut(bucket: bucket)
      let probe = "_tidemill-probe-\(String(UInt64.random(in: .min ... .max), radix: 16))"
      let access = try access()
      var second = true
      let bytes = Array("Written to see whether this store refuses to overwrite. It may be removed.\n".utf8)
      for _ in 0..<2 {
        var outcome: Result<Bool, ArrowFailure> = .success(false)
        bytes.withUnsafeBytes { bytes in
          do throws(ArrowFailure) {
            outcome = .success(try made.put(key(probe), bytes, access: access))
          } catch { outcome = .failure(error) }
        }
        second = try outcome.get()
      }
      try delete(probe)
      // The first one may have come to the store twice, and then says the same as the second: only that one tells.
      guard second == false else {
        throw ArrowFailure(
          .unsupported,
          "\(description): this store does not keep to If-None-Match, by which writers keep out of each other's way")
      }
      conditional.withLock { $0 = made }
      return made
    }

    /// Asked for anew each time: credentials may be replaced while the job runs.
    private func access() throws(ArrowFailure) -> S3Access {
      var found = tidemill_arrow_s3()
      try calling { tidemill_arrow_store_s3(handle, &found, $0) }
      func taken(_ text: UnsafeMutablePointer<CChar>?) -> String {
        defer { tidemill_arrow_free(text) }
        return text.map { String(cString: $0) } ?? ""
      }
      return S3Access(
        scheme: taken(found.scheme), endpoint: taken(found.endpoint), region: taken(found.region),
        accessKey: taken(found.access_key), secretKey: taken(found.secret_key), sessionToken: taken(found.session_token),
        usesVirtualHosts: found.virtual_hosts)
    }
  }

  /// An object that is read here and there.
  package final class RemoteInput: ByteInput, @unchecked Sendable {
    package let name: String
    package let count: Int
    private let handle: OpaquePointer
    private let store: RemoteStore

    fileprivate init(_ handle: OpaquePointer, name: String, store: RemoteStore) {
      self.handle = handle
      self.name = name
      self.store = store
      count = Int(tidemill_arrow_reader_size(handle))
    }

    deinit { tidemill_arrow_reader_free(handle) }

    package func read(into target: UnsafeMutableRawBufferPointer, at offset: Int) throws -> Int { try read(target, at: offset) }

    fileprivate func read(_ target: UnsafeMutableRawBufferPointer, at offset: Int) throws(ArrowFailure) -> Int {
      var got: Int64 = 0
      try calling { error in
        got = tidemill_arrow_reader_read(handle, Int64(offset), Int64(target.count), target.baseAddress, error)
        return got >= 0
      }
      return Int(got)
    }
  }

  /// An object on its way to a store; for one thread at a time. Nothing is left of one that is not closed.
  package final class RemoteOutput: @unchecked Sendable {
    private let handle: OpaquePointer
    private let store: RemoteStore

    fileprivate init(_ handle: OpaquePointer, store: RemoteStore) {
      self.handle = handle
      self.store = store
    }

    deinit { tidemill_arrow_writer_free(handle) }

    package func write(_ bytes: UnsafeRawBufferPointer) throws(ArrowFailure) {
      if bytes.isEmpty { return }
      try calling { tidemill_arrow_writer_write(handle, bytes.baseAddress, Int64(bytes.count), $0) }
    }

    package func close() throws(ArrowFailure) {
      try calling { tidemill_arrow_writer_close(handle, $0) }
    }
  }
#endif
