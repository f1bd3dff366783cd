import Synchronization
import Tidemill

/// What the line under a running query says.
final class StatusText: Sendable {
  private struct Sample {
    var time: ContinuousClock.Instant
    var rows: Int
  }

  private let samples = Mutex<[Sample]>([Sample(time: .now, rows: 0)])

  private let notice = Mutex<String?>(nil)

  /// Shows this before all else, until something else or nothing is to be said.
  func say(_ text: String?) { notice.withLock { $0 = text } }

  /// - Parameter monitor: what has been heard of the run.
  func text(_ monitor: RunMonitor) -> String {
    if let notice = notice.withLock({ $0 }) { return notice }
    let rows = monitor.rows
    var parts = ["\(Quantity.grouped(rows)) rows", "\(Quantity.grouped(rate(rows))) rows/s"]
    let last = monitor.last.values
    if let watermark = last.compactMap(\.watermark).min() { parts.append("watermark \(watermark)") }
    let windows = last.map(\.openWindows).reduce(0, +)
    if windows > 0 { parts.append("\(windows) open \(windows == 1 ? "window" : "windows")") }
    parts.append("state \(Quantity.bytes(last.map(\.stateBytes).reduce(0, +)))")
    parts.append("\(Quantity.grouped(monitor.late)) late")
    parts.append("\(Quantity.grouped(monitor.rejected)) rejected")
    if let epoch = last.map(\.batchId).max() { parts.append("epoch \(epoch)") }
    return parts.joined(separator: " · ")
  }

  /// Rows per second over the last two seconds.
  private func rate(_ rows: Int) -> Int {
    samples.withLock { samples in
      let now = ContinuousClock.now
      samples.append(Sample(time: now, rows: rows))
      while samples.count > 2, now - samples[1].time >= .seconds(2) { samples.removeFirst() }
      let span = now - samples[0].time
      let seconds = Double(span.components.seconds) + Double(span.components.attoseconds) / 1e18
      return seconds > 0 ? Int(Double(rows - samples[0].rows) / seconds) : 0
    }
  }
}
