import TidemillColumns

/// A store that tries again what may pass, waiting longer each time, until it has taken too long.
package struct PatientStore: LakeStore {
  private static let longestPause = Duration.seconds(10)

  private let base: any LakeStore
  private let limit: Duration
  private let report: @Sendable (String) -> Void
  private let pause: @Sendable (Duration) throws -> Void

  /// - Parameters:
  ///   - limit: how long to wait in all for one operation.
  ///   - report: told of each failed try, in one line.
  ///   - pause: waits; throws when nobody wants to wait any longer.
  package init(
    _ base: any LakeStore, limit: Duration, report: @escaping @Sendable (String) -> Void,
    pause: @escaping @Sendable (Duration) throws -> Void
  ) {
    self.base = base
    self.limit = limit
    self.report = report
    self.pause = pause
  }

  package var description: String { base.description }

  package func list(_ directory: String, after name: String?, recursive: Bool) throws(LakeStoreError) -> [LakeFile] {
    try trying { () throws(LakeStoreError) in try base.list(directory, after: name, recursive: recursive) }
  }

  package func read(_ path: String) throws(LakeStoreError) -> [UInt8] {
    try trying { () throws(LakeStoreError) in try base.read(path) }
  }

  package func put(_ path: String, _ bytes: UnsafeRawBufferPointer) throws(LakeStoreError) {
    try trying { () throws(LakeStoreError) in try base.put(path, bytes) }
  }

  /// `false` also when an earlier try, of which no answer came, has written the file.
  package func putIfAbsent(_ path: String, _ bytes: UnsafeRawBufferPointer) throws(LakeStoreError) -> Bool {
    try trying { () throws(LakeStoreError) in try base.putIfAbsent(path, bytes) }
  }

  package func delete(_ path: String) throws(LakeStoreError) {
    try trying { () throws(LakeStoreError) in try base.delete(path) }
  }

  private func trying<Result>(_ work: () throws(LakeStoreError) -> Result) throws(LakeStoreError) -> Result {
    var waited = Duration.zero
    var delay = Duration.milliseconds(250)
    var tries = 1
    while true {
      do throws(LakeStoreError) {
        let result = try work()
        if tries > 1 { report("\(description) answers again") }
        return result
      } catch {
        guard error.kind == .passing, waited + delay <= limit else { throw error }
        tries += 1
        report("waiting for \(description): \(error); try \(tries), again in \(delay / .milliseconds(1)) milliseconds")
        do { try pause(delay) } catch _ { throw error }
        waited += delay
        delay = min(delay * 2, Self.longestPause)
      }
    }
  }
}
