#if Kafka
  import KafkaBridge

  /// A lock around some state, with a condition that threads can wait for. Held for moments only; never while librdkafka is called.
  final class Monitor<State>: @unchecked Sendable {
    private let monitor: OpaquePointer = tidemill_monitor_create()
    private var state: State

    init(_ state: State) { self.state = state }

    deinit { tidemill_monitor_destroy(monitor) }

    func withLock<Result>(_ body: (inout State) throws -> Result) rethrows -> Result {
      tidemill_monitor_lock(monitor)
      defer { tidemill_monitor_unlock(monitor) }
      return try body(&state)
    }

    /// Changes the state and wakes whoever waits.
    func change<Result>(_ body: (inout State) throws -> Result) rethrows -> Result {
      tidemill_monitor_lock(monitor)
      defer {
        tidemill_monitor_notify(monitor)
        tidemill_monitor_unlock(monitor)
      }
      return try body(&state)
    }

    /// Blocks the thread until `body` gives something; looks again at each change.
    func wait<Result>(_ body: (inout State) throws -> Result?) rethrows -> Result {
      tidemill_monitor_lock(monitor)
      defer { tidemill_monitor_unlock(monitor) }
      while true {
        if let result = try body(&state) { return result }
        tidemill_monitor_wait(monitor, 1000)
      }
    }
  }

  /// Wakes the thread that waits for librdkafka's queues.
  final class Bell: @unchecked Sendable {
    let pointer: OpaquePointer = tidemill_bell_create()

    deinit { tidemill_bell_destroy(pointer) }

    func ring() { tidemill_bell_ring(pointer) }
    func wait(milliseconds: Int32) { tidemill_bell_wait(pointer, milliseconds) }
  }
#endif
