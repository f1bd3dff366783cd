import ReferenceEngine
import TidemillColumns
import TidemillPlan

/// The stream of the hand-computed cases: `ts TIMESTAMP, k STRING, v BIGINT`.
let streamSchema = Schema(Field("ts", .timestamp), Field("k", .string), Field("v", .bigint))

let ts = TypedExpression(.timestamp, .column(0))
let k = TypedExpression(.string, .column(1))
let v = TypedExpression(.bigint, .column(2))

func query(delay: Int64? = 10, _ stages: Stage...) -> QueryPlan { plan(.update, delay: delay, stages) }

func query(_ mode: OutputMode, delay: Int64? = 10, _ stages: Stage...) -> QueryPlan {
  plan(mode, delay: delay, stages)
}

private func plan(_ mode: OutputMode, delay: Int64?, _ stages: [Stage]) -> QueryPlan {
  var plan = QueryPlan(
    stream: StreamDefinition(name: "events", schema: streamSchema, provider: "memory"), scanSchema: streamSchema,
    eventTime: delay == nil ? nil : 0, delay: delay.map { .seconds($0) }, stages: stages, outputMode: mode,
    resultSchema: streamSchema, resultKey: nil)
  plan.resultSchema = plan.schema(before: stages.count)
  return plan
}

/// `GROUP BY k, window` with `sum(v)` unless told otherwise.
func grouped(
  by keys: [NamedExpression] = [NamedExpression("k", k)], _ kind: WindowAssignment.Kind? = nil,
  _ calls: [AggregateCall] = [sumOfV], timeToLive: TimeSpan? = nil
) -> Stage {
  let window = kind.map { WindowAssignment(name: "w", kind: $0, time: ts, followsWatermark: true) }
  return .aggregate(Aggregation(keys: keys, window: window, calls: calls, timeToLive: timeToLive))
}

let sumOfV = call(.sum, v)
let countOfRows = AggregateCall(name: "count", function: .countRows, argument: nil, resultType: .bigint)

func call(
  _ function: AggregateFunction, _ argument: TypedExpression, _ type: DataType = .bigint,
  filter: TypedExpression? = nil
) -> AggregateCall {
  AggregateCall(name: function.rawValue, function: function, argument: argument, filter: filter, resultType: type)
}

func tumbling(_ seconds: Int64) -> WindowAssignment.Kind {
  .fixed(size: .seconds(seconds), slide: .seconds(seconds), start: .zero)
}

func sliding(_ size: Int64, by slide: Int64, start: Int64 = 0) -> WindowAssignment.Kind {
  .fixed(size: .seconds(size), slide: .seconds(slide), start: .seconds(start))
}

/// A row at so many seconds.
func row(_ seconds: Int64?, _ key: String?, _ value: Int64?, in partition: Int = 0) -> ReferenceEvent {
  .row(
    ReferenceRow(
      [
        seconds.map { .timestamp(EventTime(microseconds: $0 * 1_000_000)) } ?? .null,
        key.map { .string($0) } ?? .null, value.map { .integer($0) } ?? .null,
      ], partition: partition))
}

/// A row as the tests write it: `a [0,10) 3`.
func text(_ row: [Value]) -> String {
  row.map { value in
    switch value {
    case .window(let start, let end): "[\(start.microseconds / 1_000_000),\(end.microseconds / 1_000_000))"
    case .timestamp(let time): "\(time.microseconds / 1_000_000)s"
    default: value.description
    }
  }.joined(separator: " ")
}

/// Changes in a fixed order: retractions `-a 3` first, then inserts `+a 4`.
func text(_ changes: [ReferenceChange]) -> [String] {
  changes.sorted { ($0.weight, text($0.row)) < ($1.weight, text($1.row)) }
    .map { ($0.weight > 0 ? "+" : "-") + text($0.row) }
}

func table(_ result: ReferenceResult) -> [String] { result.finalTable.map { text($0) }.sorted() }

func seconds(_ time: EventTime) -> Int64 { time.microseconds / 1_000_000 }
