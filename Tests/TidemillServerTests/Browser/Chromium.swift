import Foundation
import ProcessTesting
import Synchronization

#if canImport(Darwin)
  import Darwin
#elseif canImport(Glibc)
  import Glibc
#endif

/// The class below has a `close` of its own.
private func descriptorClose(_ descriptor: Int32) -> Int32 { close(descriptor) }

/// A headless Chromium, told what to do over two pipes by its DevTools protocol.
final class Chromium: Sendable {
  /// Where it is, `nil` if there is none; `Scripts/bootstrap` installs it.
  static let path: String? = {
    let folders = (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":").map(String.init)
    let named = folders.flatMap { folder in ["chromium", "chromium-browser", "google-chrome"].map { "\(folder)/\($0)" } }
    let all = named + ["/Applications/Google Chrome.app/Contents/MacOS/Google Chrome"]
    return all.first { FileManager.default.isExecutableFile(atPath: $0) }
  }()

  /// What a message may hold, as far as it is of use here.
  private struct Message: Decodable {
    var id: Int?
    var method: String?
    var sessionId: String?
    var result: Result?
    var error: Trouble?
    var params: Parameters?
  }

  struct Result: Decodable, Sendable {
    struct Value: Decodable, Sendable {
      var value: String?
    }

    var targetId: String?
    var sessionId: String?
    var data: String?
    var result: Value?
    var exceptionDetails: Details?
  }

  struct Details: Decodable, Sendable {
    struct Thrown: Decodable, Sendable {
      var description: String?
    }

    var text: String?
    var exception: Thrown?
  }

  private struct Parameters: Decodable {
    struct Argument: Decodable {
      var description: String?
    }

    struct Entry: Decodable {
      var source: String
      var level: String
      var text: String
      var url: String?
    }

    var type: String?
    var exceptionDetails: Details?
    var entry: Entry?
  }

  private struct Trouble: Decodable {
    var message: String
  }

  private struct State {
    var next = 1
    var buffer: [UInt8] = []
    var waiting: [Int: CheckedContinuation<Result, any Error>] = [:]
    /// By session: what no page of ours may say.
    var complaints: [String: [String]] = [:]
    var hasEnded = false
  }

  private let process = Process()
  private let commands = Pipe()
  private let answers = Pipe()
  private let profile: URL
  private let state = Mutex(State())

  init() throws {
    profile = FileManager.default.temporaryDirectory.appendingPathComponent("tidemill-browser-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: profile, withIntermediateDirectories: true)
    var flags = "--headless --disable-gpu --disable-dev-shm-usage --no-first-run --remote-debugging-pipe"
    // It refuses to put root into its sandbox.
    if geteuid() == 0 { flags += " --no-sandbox" }
    process.executableURL = URL(fileURLWithPath: "/bin/sh")
    // The protocol is spoken on descriptors 3 and 4.
    process.arguments = [
      "-c", "exec \"$0\" \(flags) --user-data-dir=\"$1\" about:blank 3<&0 4>&1 </dev/null >/dev/null 2>&1", Self.path!,
      profile.path,
    ]
    process.standardInput = commands
    process.standardOutput = answers
    try Children.start(process)
    // A thread of its own: it waits in read.
    let descriptor = dup(answers.fileHandleForReading.fileDescriptor)
    Thread { [weak self] in
      var block = [UInt8](repeating: 0, count: 1 << 16)
      while true {
        let count = read(descriptor, &block, block.count)
        if count < 0, errno == EINTR { continue }
        self?.take(block[..<max(0, count)])
        if count <= 0 || self == nil { break }
      }
      _ = descriptorClose(descriptor)
    }.start()
  }

  /// Ends it, and removes what it wrote.
  func close() async {
    _ = try? await call("Browser.close")
    _ = try? await Children.end(of: process, within: .seconds(60))
    try? FileManager.default.removeItem(at: profile)
  }

  deinit {
    if process.isRunning { process.terminate() }
  }

  private func take(_ data: ArraySlice<UInt8>) {
    var messages: [Message] = []
    var abandoned: [CheckedContinuation<Result, any Error>] = []
    state.withLock { state in
      if data.isEmpty {
        state.hasEnded = true
        abandoned = Array(state.waiting.values)
        state.waiting = [:]
      }
      state.buffer += data
      while let end = state.buffer.firstIndex(of: 0) {
        if let message = try? JSONDecoder().decode(Message.self, from: Data(state.buffer[..<end])) { messages.append(message) }
        state.buffer.removeSubrange(...end)
      }
    }
    for continuation in abandoned { continuation.resume(throwing: BrowserTrouble("the browser has ended")) }
    for message in messages { take(message) }
  }

  private func take(_ message: Message) {
    if let id = message.id {
      let continuation = state.withLock { $0.waiting.removeValue(forKey: id) }
      if let error = message.error {
        continuation?.resume(throwing: BrowserTrouble(error.message))
      } else if let result = message.result {
        continuation?.resume(returning: result)
      }
      return
    }
    guard let session = message.sessionId, let parameters = message.params else { return }
    var complaint: String?
    switch message.method {
    case "Runtime.exceptionThrown":
      complaint = parameters.exceptionDetails?.exception?.description ?? parameters.exceptionDetails?.text ?? "an exception"
    case "Runtime.consoleAPICalled":
      if parameters.type == "error" || parameters.type == "assert" { complaint = "console.error" }
    case "Log.entryAdded":
      // A server that is away, or only starts, is no fault of the page.
      guard let entry = parameters.entry, entry.level == "error" else { return }
      if ["net::ERR_", "status of 503"].contains(where: entry.text.contains) { return }
      complaint = "\(entry.source): \(entry.text) \(entry.url ?? "")"
    default: break
    }
    if let complaint { state.withLock { $0.complaints[session, default: []].append(complaint) } }
  }

  func complaints(_ session: String) -> [String] { state.withLock { $0.complaints[session] ?? [] } }

  /// - Parameter parameters: a JSON object.
  @discardableResult
  func call(_ method: String, _ parameters: [String: any Sendable] = [:], session: String? = nil) async throws -> Result {
    try await withCheckedThrowingContinuation { continuation in
      let id: Int? = state.withLock { state in
        if state.hasEnded { return nil }
        defer { state.next += 1 }
        state.waiting[state.next] = continuation
        return state.next
      }
      guard let id else { return continuation.resume(throwing: BrowserTrouble("the browser has ended")) }
      var message: [String: Any] = ["id": id, "method": method, "params": parameters]
      if let session { message["sessionId"] = session }
      do {
        let bytes = try JSONSerialization.data(withJSONObject: message) + [0]
        try state.withLock { _ in try commands.fileHandleForWriting.write(contentsOf: bytes) }
      } catch {
        state.withLock { $0.waiting.removeValue(forKey: id) }?.resume(throwing: error)
      }
    }
  }
}

struct BrowserTrouble: Error, CustomStringConvertible {
  var description: String
  init(_ description: String) { self.description = description }
}
