import Synchronization
import Tidemill
import LocalConnectors
import TidemillFormats

/// What a run looks like: where shown results go, and whether there is a line that says how it is getting on.
final class Face: Sendable {
  enum Ending {
    case finished, stopped, failed
  }

  private enum Showing {
    /// Rows and tables as they come.
    case stream
    /// One table that is drawn in place.
    case live
    /// One table at the end.
    case atEnd
  }

  private struct Parts: Sendable {
    var finals: [FinalTableSink] = []
    var live: LiveTable?
    var screen: Screen?
  }

  private let format: ConsoleFormat
  private let zone: SessionZone
  private let showing: [String: Showing]
  private let endsByItself: Bool
  private let monitor: RunMonitor
  private let status = StatusText()
  private let notices = NoticeLines { StandardError.write($0) }
  private let parts = Mutex(Parts())

  /// - Parameter collects: whether results are printed once, at the end.
  init(plan: ScriptPlan, options: QueryOptions, collects: Bool, endsByItself: Bool, monitor: RunMonitor) {
    let output = Terminal.standardOutput
    format = options.format ?? (output.isTerminal ? .table : .json)
    zone = plan.settings.zone
    self.endsByItself = endsByItself
    self.monitor = monitor
    let printsToConsole = plan.queries.contains { $0.outputs.contains { $0.sink.provider == "console" } }
    let shown = plan.queries.filter(\.outputs.isEmpty)
    var showing: [String: Showing] = [:]
    for query in shown {
      if !query.plan.changesItsRows {
        showing[query.name] = .stream
      } else if collects && options.checkpoint == nil {
        showing[query.name] = .atEnd
      } else if output.canRedraw, format == .table, query.plan.outputMode != .append, shown.count == 1, !printsToConsole {
        showing[query.name] = .live
      } else {
        showing[query.name] = .stream
      }
    }
    self.showing = showing
    let isLive = showing.values.contains { if case .live = $0 { true } else { false } }
    let printsMeanwhile = printsToConsole || showing.values.contains { if case .stream = $0 { true } else { false } }
    if !options.quiet, !isLive, Terminal.standardError.canRedraw, !(printsMeanwhile && output.isTerminal) {
      let status = status
      let screen = Screen(.standardError, write: { StandardError.write($0) }) { _, columns in
        [Self.dimmed(status.text(monitor), columns, .standardError)]
      }
      parts.withLock { $0.screen = screen }
    }
  }

  /// The sink of a SELECT that is shown.
  func sink(for query: ScriptPlan.Query) -> any Sink {
    let mode = query.plan.outputMode
    switch showing[query.name]! {
    case .stream:
      return ConsoleSink(writer: format.writer(mode: mode, zone: zone)) { try StandardOutput.shared.write($0) }
    case .atEnd:
      let sink = FinalTableSink(writer: format.writer(mode: .append, zone: zone))
      parts.withLock { $0.finals.append(sink) }
      return sink
    case .live:
      let live = LiveTable(zone: zone)
      let status = status
      let monitor = monitor
      let screen = Screen(.standardOutput, write: { try? StandardOutput.shared.write($0) }) { rows, columns in
        live.lines(limit: rows - 2) + [Self.dimmed(status.text(monitor), columns, .standardOutput)]
      }
      live.onChange { screen.setNeedsDisplay() }
      parts.withLock {
        $0.live = live
        $0.screen = screen
      }
      return live
    }
  }

  /// Called after each epoch.
  func update() {
    status.say(nil)
    parts.withLock { $0.screen }?.setNeedsDisplay()
  }

  /// Shows what holds the run up: in the status line if there is one, or else as a line of its own.
  func note(_ text: String) {
    guard let screen = parts.withLock({ $0.screen }) else { return notices.write(text) }
    status.say(text)
    screen.setNeedsDisplay()
  }

  /// Leaves the terminal in order, and prints what is printed at the end.
  func end(_ ending: Ending) throws {
    let parts = parts.withLock { $0 }
    if let live = parts.live, let screen = parts.screen {
      // When the result is final, it is shown as a whole.
      if ending == .finished, endsByItself { screen.end { _, _ in live.lines(limit: nil) } } else { screen.end() }
    } else {
      parts.screen?.end(nil)
    }
    if ending == .finished { for sink in parts.finals { try sink.print() } }
  }

  private static func dimmed(_ text: String, _ columns: Int, _ terminal: Terminal) -> String {
    let cut = text.count > columns ? text.prefix(max(0, columns - 1)) + "…" : text[...]
    return terminal.hasColor ? "\u{1B}[2m\(cut)\u{1B}[0m" : String(cut)
  }
}

extension QueryPlan {
  /// Whether a row of the result may be replaced or withdrawn later; without aggregation each row is final.
  var changesItsRows: Bool {
    stages.contains { stage in
      switch stage {
      case .aggregate, .topN: true
      case .filter, .project, .deduplicate: false
      }
    }
  }
}
