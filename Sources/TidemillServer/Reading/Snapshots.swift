#if Server
  import Hummingbird
  import Synchronization
  import Tidemill
  import TidemillFormats

  #if Lake
    import LakeFiles
  #endif

  /// Rows of a view that have been written in a format.
  struct EncodedSnapshot: Sendable {
    var epoch: Epoch
    var token: String
    var isCut: Bool
    /// JSON: an array.
    var rows: ByteBuffer
    /// What they take of the bytes of all answers.
    var share: Allowance.Share

    /// What tells it from that of other epochs and databases.
    var id: String { "\(epoch).\(token)" }
  }

  /// Reads views, and writes what was read once for all who ask the same while the view stays as it is.
  final class Snapshots: Sendable {
    private struct Key: Hashable {
      var view: String
      var query: ViewQuery
      var format: AnswerFormat

      /// About what it takes in memory.
      var bytes: Int {
        query.filters.reduce(view.utf8.count + query.order.count * MemoryLayout<ViewOrder>.stride) { sum, filter in
          let length = if case .string(let text) = filter.value { text.utf8.count } else { 0 }
          return sum + MemoryLayout<ViewFilter>.stride + length
        }
      }
    }

    private struct Entry {
      /// The view's last change when the reading began.
      var last: Epoch
      var task: Task<EncodedSnapshot, any Error>
      var bytes = 0
    }

    private struct State {
      var entries: [Key: Entry] = [:]
      var bytes = 0
      var tokens: [String: String] = [:]
    }

    /// How many answers are kept.
    private static let entryLimit = 256

    private let limit: Int
    private let answers: Allowance
    private let deadline: Duration
    private let state = Mutex(State())

    /// - Parameters:
    ///   - limit: bytes that are kept.
    ///   - answers: bytes that answers may have in memory.
    ///   - deadline: how long a reading may take.
    init(limit: Int, answers: Allowance, deadline: Duration) {
      self.limit = limit
      self.answers = answers
      self.deadline = deadline
    }

    /// Tells one database of a view from another; `nil` until it was read.
    func token(of view: MaterializedView) -> String? { state.withLock { $0.tokens[view.name] } }

    func read(_ view: MaterializedView, _ query: ViewQuery, _ format: AnswerFormat) async throws -> EncodedSnapshot {
      let key = Key(view: view.name, query: query, format: format)
      let last = view.changes.last
      let (task, isNew) = state.withLock { state in
        // Also one that is still being read.
        if let entry = state.entries[key], entry.last == last { return (entry.task, false) }
        let task = Task { [answers] in try await Self.encode(view, query, format, answers) }
        state.bytes -= state.entries[key]?.bytes ?? 0
        state.entries[key] = Entry(last: last, task: task)
        return (task, true)
      }
      guard isNew else { return try await task.value }
      let timer = Task { [deadline] in
        try await Task.sleep(for: deadline)
        task.cancel()
      }
      defer { timer.cancel() }
      do {
        let snapshot = try await task.value
        keep(key, task, snapshot)
        return snapshot
      } catch {
        forget(key, task)
        throw error
      }
    }

    private func keep(_ key: Key, _ task: Task<EncodedSnapshot, any Error>, _ snapshot: EncodedSnapshot) {
      state.withLock { state in
        state.tokens[key.view] = snapshot.token
        guard state.entries[key]?.task == task else { return }
        let bytes = snapshot.rows.readableBytes + key.bytes + 512
        state.entries[key]!.bytes = bytes
        state.bytes += bytes
        // Most of what is there is of epochs that are over. Which of the others will be asked for again, nobody knows.
        if state.bytes > limit || state.entries.count > Self.entryLimit {
          state.entries = state.entries.filter { $0.key == key || $0.value.bytes == 0 }
          state.bytes = bytes
          if bytes > limit {
            state.entries[key] = nil
            state.bytes = 0
          }
        }
      }
    }

    private func forget(_ key: Key, _ task: Task<EncodedSnapshot, any Error>) {
      state.withLock { state in
        if state.entries[key]?.task == task { state.entries[key] = nil }
      }
    }

    /// - Throws: `Problem` when it is cancelled, and when the rows take more than all answers may.
    private static func encode(
      _ view: MaterializedView, _ query: ViewQuery, _ format: AnswerFormat, _ answers: Allowance
    ) async throws -> EncodedSnapshot {
      do {
        let snapshot = try await view.read(query, byteLimit: answers.limit)
        let rows = try bytes(of: snapshot.batch, format, zone: view.zone)
        return EncodedSnapshot(
          epoch: snapshot.epoch, token: snapshot.token, isCut: snapshot.isCut, rows: ByteBuffer(bytes: rows),
          share: try answers.share(rows.count))
      } catch {
        throw Task.isCancelled ? Problem.tooSlow("reading the view \(view.name)") : error
      }
    }

    /// - Throws: `Problem` for a format that this build does not write.
    static func bytes(of batch: Batch, _ format: AnswerFormat, zone: SessionZone) throws -> [UInt8] {
      switch format {
      case .json: return JSONArray.encode(batch, zone: zone)
      case .csv:
        let writer = CSVWriter(zone: zone)
        var bytes = writer.header(batch.schema)
        writer.append(batch, to: &bytes)
        return bytes
      case .arrow:
        #if Lake
          return try ArrowStream.bytes(of: batch)
        #else
          throw Problem(
            .notAcceptable, "Not acceptable",
            "this build writes no Arrow streams, which come with the package trait Lake; take format=json or format=csv")
        #endif
      }
    }
  }
#endif
