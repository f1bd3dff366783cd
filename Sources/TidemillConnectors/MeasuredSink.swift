/// A sink that can say what a write cost.
public protocol MeasuredSink: Sink {
  /// Numbers of the last write, by name, such as `numOutputBytes`; empty when it wrote nothing. Asked for after `write` has
  /// returned, and before it is called again.
  var metrics: [String: Int] { get }
}
