#if canImport(Darwin)
  import Darwin
#elseif canImport(Musl)
  import Musl
#else
  import Glibc
#endif
import Synchronization
import Tidemill

/// Pushes rows at a steady pace, and knows when.
final class Pushing: Sendable {
  static let schema = Schema(
    Field("product", .string), Field("amount", .bigint), Field("push", .bigint), Field("ts", .timestamp))

  private let stream: MemoryStream
  private let options: Options
  /// When each push began.
  private let times = Mutex<[ContinuousClock.Instant]>([])

  init(_ stream: MemoryStream, _ options: Options) {
    self.stream = stream
    self.options = options
  }

  func time(of push: Int) -> ContinuousClock.Instant { times.withLock { $0[push] } }

  /// Pushes for so long on the calling thread, then says that no more will come.
  func run(for span: Duration) {
    let clock = ContinuousClock()
    let began = clock.now
    var push = 0
    while true {
      let due = Duration.microseconds(push * options.interval)
      if due >= span { break }
      // The rows are there before their time, so that making them is not measured.
      let batch = batch(push)
      let wait = began + due - clock.now
      if wait > .zero { usleep(UInt32(wait.components.attoseconds / 1_000_000_000_000)) }
      times.withLock { $0.append(clock.now) }
      stream.push(batch: batch)
      push += 1
    }
    stream.finish()
  }

  private func batch(_ push: Int) -> Batch {
    let count = options.rowsPerPush
    let products = ColumnBuilder(.string, capacity: count)
    let amounts = ColumnBuilder(.bigint, capacity: count)
    let pushes = ColumnBuilder(.bigint, capacity: count)
    let times = ColumnBuilder(.timestamp, capacity: count)
    // Event time goes as fast as the clock.
    let time = 1_704_110_400_000_000 + Int64(push * options.interval)
    for row in 0..<count {
      products.append(string: "product \((push &* 31 &+ row) % 1000)")
      amounts.append(int64: Int64(row))
      pushes.append(int64: Int64(push))
      times.append(int64: time)
    }
    return Batch(
      schema: Self.schema, count: count,
      columns: [products.finish(), amounts.finish(), pushes.finish(), times.finish()])
  }
}
