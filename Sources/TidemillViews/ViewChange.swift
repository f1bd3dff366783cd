import Synchronization
import TidemillColumns
import TidemillConnectors
import TidemillFormats

/// What one epoch changed in a view. Copies share what they hold.
public struct ViewChange: Sendable {
  public let epoch: Epoch
  /// Rows of weight +1 are there now, in place of the row of their key; rows of weight -1 are gone.
  public let batch: Batch
  private let text: JSONRows

  /// - Parameter onEncoding: told once how many bytes the text has.
  init(epoch: Epoch, batch: Batch, zone: SessionZone, onEncoding: @escaping @Sendable (Int) -> Void) {
    self.epoch = epoch
    self.batch = batch
    text = JSONRows(batch, zone: zone, onEncoding: onEncoding)
  }

  /// The rows as a JSON array, those that are gone with `"_op":"delete"`. Made by the first who asks, for all.
  public var json: [UInt8] { text.bytes }
}

/// The JSON of a batch, once somebody wants it.
private final class JSONRows: Sendable {
  private let batch: Batch
  private let zone: SessionZone
  private let onEncoding: @Sendable (Int) -> Void
  private let made = Mutex<[UInt8]?>(nil)

  init(_ batch: Batch, zone: SessionZone, onEncoding: @escaping @Sendable (Int) -> Void) {
    self.batch = batch
    self.zone = zone
    self.onEncoding = onEncoding
  }

  var bytes: [UInt8] {
    let (bytes, isNew) = made.withLock { made in
      if let made { return (made, false) }
      let bytes = JSONArray.encode(batch, zone: zone)
      made = bytes
      return (bytes, true)
    }
    if isNew { onEncoding(bytes.count) }
    return bytes
  }
}

/// Rows as one JSON array.
public enum JSONArray {
  /// `[{"product_id":"tea","total_sales":7},{…}]`: values as `JSONWriter` writes them.
  public static func encode(_ batch: Batch, zone: SessionZone = .utc) -> [UInt8] {
    let block = Buffer<UInt8>(capacity: 2 + batch.count * (16 + 24 * batch.columns.count))
    block.append(UInt8(ascii: "["))
    JSONWriter(zone: zone).append(batch, rows: 0..<batch.count, to: block)
    // One object a line, and no line end within one.
    let bytes = block.base
    for index in 0..<block.count where bytes[index] == UInt8(ascii: "\n") { bytes[index] = UInt8(ascii: ",") }
    if batch.count > 0 { block.count -= 1 }
    block.append(UInt8(ascii: "]"))
    return [UInt8](UnsafeBufferPointer(start: block.base, count: block.count))
  }
}
