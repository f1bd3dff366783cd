import SimdjsonBridge
import TidemillColumns

/// Which columns are read from where in a JSON record, as the bridge wants to know it.
final class JSONPlan: @unchecked Sendable {
  // Never changed after `init`, so threads may share it.
  let pointer: OpaquePointer

  init(_ schema: Schema) {
    pointer = tidemill_json_plan_create()
    for field in schema.fields {
      precondition(!field.path.isEmpty, "The column \(field.name) has an empty path")
      let bytes = field.path.flatMap { Array($0.utf8) }
      let lengths = field.path.map(\.utf8.count)
      tidemill_json_plan_add(pointer, Self.kind(field.type), bytes, lengths, lengths.count)
    }
  }

  deinit { tidemill_json_plan_destroy(pointer) }

  private static func kind(_ type: DataType) -> Int32 {
    switch type {
    case .boolean: Int32(tidemill_json_boolean)
    case .int: Int32(tidemill_json_int)
    case .bigint: Int32(tidemill_json_bigint)
    case .double: Int32(tidemill_json_double)
    case .decimal: Int32(tidemill_json_decimal)
    case .string: Int32(tidemill_json_string)
    case .date: Int32(tidemill_json_date)
    case .timestamp: Int32(tidemill_json_timestamp)
    case .window: preconditionFailure("Windows are made by queries: JSON has none to read")
    }
  }
}
