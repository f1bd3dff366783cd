import Tidemill

#if canImport(Darwin)
  import Darwin
#elseif canImport(Musl)
  import Musl
#else
  import Glibc
#endif

/// What `--stats` prints when a run has ended.
enum StatsReport {
  static func text(totals: [(query: String, ledger: RowLedger)], monitor: RunMonitor) -> String {
    var lines = totals.map { query, ledger in
      "\(query): \(ledger.rowsIn) rows in = \(ledger.rejected) rejected + \(ledger.duplicate) duplicate"
        + " + \(ledger.filtered) filtered + \(ledger.late) late + \(ledger.aggregated) aggregated"
    }
    let last = monitor.last
    let seconds = Double(monitor.elapsed.components.seconds) + Double(monitor.elapsed.components.attoseconds) / 1e18
    let rate = seconds > 0 ? Int(Double(monitor.rows) / seconds) : 0
    let snapshots = last.values.map(\.snapshotsWritten).max() ?? 0
    lines.append(
      "run: \(monitor.rows) rows, \(monitor.epochs) epochs, \(snapshots) snapshots,"
        + " \(Quantity.decimal(seconds, digits: 3)) s, \(rate) rows/s")
    for (name, progress) in last.sorted(by: { $0.key < $1.key }) {
      lines.append(
        "\(name): watermark \(progress.watermark?.description ?? "none"), \(progress.openWindows) windows open,"
          + " \(progress.stateBytes) bytes of state")
    }
    lines.append(
      "process: \(peakMemory >> 20) MiB peak memory, \(Quantity.decimal(processorSeconds, digits: 3)) s of processor time")
    return lines.joined(separator: "\n") + "\n"
  }

  private static var usage: rusage {
    var usage = rusage()
    #if canImport(Glibc)
      getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
    #else
      getrusage(RUSAGE_SELF, &usage)
    #endif
    return usage
  }

  /// Bytes.
  private static var peakMemory: Int {
    #if canImport(Darwin)
      usage.ru_maxrss
    #else
      usage.ru_maxrss << 10
    #endif
  }

  private static var processorSeconds: Double {
    let usage = usage
    return Double(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec)
      + Double(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6
  }
}

/// Numbers for people.
enum Quantity {
  /// `1,234,567`.
  static func grouped(_ number: Int) -> String {
    var text = ""
    for (index, digit) in String(number.magnitude).reversed().enumerated() {
      if index > 0, index.isMultiple(of: 3) { text.append(",") }
      text.append(digit)
    }
    return (number < 0 ? "-" : "") + String(text.reversed())
  }

  static func decimal(_ value: Double, digits: Int) -> String {
    var scale = 1
    for _ in 0..<digits { scale *= 10 }
    let whole = Int((value * Double(scale)).rounded())
    let fraction = String(whole % scale)
    return "\(whole / scale).\(String(repeating: "0", count: digits - fraction.count))\(fraction)"
  }

  /// `1.2 MiB`.
  static func bytes(_ count: Int) -> String {
    for (unit, shift) in [("GiB", 30), ("MiB", 20), ("KiB", 10)] where count >= 1 << shift {
      return decimal(Double(count) / Double(1 << shift), digits: 1) + " " + unit
    }
    return "\(count) B"
  }
}
